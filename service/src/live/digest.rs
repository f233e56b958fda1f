//! A number for what a row holds, the same in every process and on every machine.

use almanac_entity::Table;
use sea_orm::{Iterable, Value};

use crate::Row;

/// FNV-1a, 64 bits: two states of one row are taken for the same once in 2⁶⁴.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digest(u64);

impl Digest {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self
    }

    /// Text with its length, so that two texts are not taken for one.
    pub(crate) fn text(self, text: &str) -> Self {
        self.bytes(&(text.len() as u64).to_le_bytes()).bytes(text.as_bytes())
    }

    fn value(self, value: &Value) -> Self {
        match value {
            Value::String(Some(text)) => self.bytes(b"t").text(text),
            Value::Double(Some(number)) => self.bytes(b"f").bytes(&number.to_bits().to_le_bytes()),
            Value::BigInt(Some(number)) => self.bytes(b"i").bytes(&number.to_le_bytes()),
            Value::Int(Some(number)) => self.bytes(b"i").bytes(&i64::from(*number).to_le_bytes()),
            Value::Bool(Some(flag)) => self.bytes(b"b").bytes(&[u8::from(*flag)]),
            null if *null == null.as_null() => self.bytes(b"n"),
            other => self.bytes(b"o").text(&other.to_string()),
        }
    }

    pub(crate) fn finish(self) -> i64 {
        i64::from_le_bytes(self.0.to_le_bytes())
    }
}

/// What a row holds in all of its columns.
pub(crate) fn of_row<E: Table>(row: &Row<E>) -> i64 {
    let cells = E::Column::iter().filter_map(|column| row.value(column));
    cells.fold(Digest::new(), Digest::value).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_fnv_1a_whatever_the_build() {
        assert_eq!(Digest::new().bytes(b"foobar").0, 0x8594_4171_f739_67e8);
        let joined =
            |parts: [&str; 2]| parts.iter().fold(Digest::new(), |sum, part| sum.text(part));
        assert_ne!(joined(["ab", "c"]).finish(), joined(["a", "bc"]).finish());
    }
}
