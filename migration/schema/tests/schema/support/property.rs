//! How often a property is tried, and how.

use std::env;

use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseError, TestError, TestRunner},
};

/// How many values a property is tried on where `ALMANAC_LONG` asks for all that is promised.
const LONG: u32 = 10_000;

/// Tries a property on random values, `ALMANAC_TEST_CASES` of them, else `usual`.
pub(crate) fn holds<S: Strategy>(
    usual: u32,
    values: &S,
    property: impl AsyncFn(S::Value) -> Result<(), String>,
) where
    S::Value: std::fmt::Debug,
{
    let usual = if env::var_os("ALMANAC_LONG").is_some() { LONG } else { usual };
    let cases = env::var("ALMANAC_TEST_CASES").ok().and_then(|number| number.parse().ok());
    let config = Config {
        cases: cases.unwrap_or(usual),
        max_shrink_iters: 60,
        failure_persistence: None,
        ..Config::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let tried = TestRunner::new(config)
        .run(values, |value| runtime.block_on(property(value)).map_err(TestCaseError::fail));
    match tried {
        Ok(()) => {}
        // The reason says more than the value, which fills pages.
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(error) => panic!("{error}"),
    }
}
