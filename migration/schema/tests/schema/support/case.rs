//! Two schemas, and what comparing them has to say.

use migration_schema::{Hints, Schema, compare};

/// What comparing two schemas has to say.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expected {
    /// Nothing at all.
    Same,
    /// Nothing to change, but something to know: notes that hold these words.
    Noted(&'static [&'static str]),
    /// As many differences, each with these words.
    Differs(&'static [&'static str]),
    /// Nothing to change, and these things reported as nobody's business.
    Unmanaged(&'static [&'static str]),
}

/// Compares both ways.
pub(crate) fn judge(a: &Schema, b: &Schema, expected: Expected) {
    let found = |a, b| compare(a, b, &Hints::default()).expect("schemas of one engine");
    assert!(found(a, a).is_empty() && found(b, b).is_empty());
    let (there, back) = (found(a, b), found(b, a));
    let differences = told(&there.differences);
    match expected {
        Expected::Same => {
            assert_eq!((differences, told(&there.notes)), (vec![], vec![]));
            assert_eq!(a.fingerprint(), b.fingerprint());
        }
        Expected::Noted(words) => {
            assert_eq!(differences, Vec::<String>::new());
            assert_told(&told(&there.notes), words);
            assert_eq!(a.fingerprint(), b.fingerprint());
        }
        Expected::Differs(words) => {
            assert_told(&differences, words);
            assert_ne!(a.fingerprint(), b.fingerprint());
        }
        Expected::Unmanaged(words) => {
            assert_eq!(differences, Vec::<String>::new());
            // On the way back the same things are declared.
            return assert_told(&told(&there.unmanaged), words);
        }
    }
    assert_eq!(there.differences.len(), back.differences.len(), "{:?}", told(&back.differences));
}

fn told<T: ToString>(what: &[T]) -> Vec<String> {
    what.iter().map(ToString::to_string).collect()
}

fn assert_told(told: &[String], words: &[&str]) {
    assert_eq!(told.len(), words.len(), "{told:?}");
    for words in words {
        assert!(told.iter().any(|line| line.contains(words)), "{words:?} in {told:?}");
    }
}
