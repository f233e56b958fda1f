//! Everything that changes a row at somebody's wish, and the role that it asks for.

use super::Role;

/// The operations: a line each, with the least role.
macro_rules! operations {
    ($($(#[doc = $doc:literal])+ $name:ident: $role:ident,)+) => {
        /// Something that changes rows. The graph's mutation has the same name in camel case.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Operation {
            /// All operations.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The least role that may do it.
            pub fn least_role(self) -> Role {
                match self {
                    $(Self::$name => Role::$role,)+
                }
            }

            /// Its name in Pascal case.
            fn word(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

impl Operation {
    /// Its name, such as `retireCaltableSet`.
    pub fn name(self) -> String {
        let word = self.word();
        let (head, tail) = word.split_at(1);
        head.to_lowercase() + tail
    }
}

operations! {
    // Ingest queue.

    // Calibration registry.
    /// Retires every table of a set.
    RetireCaltableSet: Operator,

    // Products: measurement sets and images.
    /// Brings a measurement set to a stage.
    UpdateMeasurementSetStage: Operator,

    // Products: variability and transients.

    // Products: jobs, QA and the rest.

    // Calibrators and catalogues.

    // HDF5 index.

    // Data registry.

    // AstrID.
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_camel_case() {
        assert_eq!(Operation::RetireCaltableSet.name(), "retireCaltableSet");
    }
}
