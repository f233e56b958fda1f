//! The two engines that every test of a database runs on.

/// What a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// A file.
    Sqlite,
    /// A database of a server.
    Postgres,
}

/// Makes two tests of each function named, `sqlite::name` and `postgres::name`; the function is async
/// and takes an [`Engine`]. Once in a module.
macro_rules! engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name($crate::support::Engine::Sqlite).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name($crate::support::Engine::Postgres).await;
                }
            )+
        }
    };
}

pub(crate) use engines;
