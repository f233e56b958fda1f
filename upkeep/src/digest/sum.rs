//! A sum of hashes.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Says how rows are hashed; another way is another word.
const VERSION: &[u8] = b"almanac table digest 1";

/// The sum of the hashes of a table's rows modulo 2^256.
pub(super) struct Sum {
    columns: Sha256,
    total: [u8; 32],
    rows: u64,
}

impl Sum {
    /// No row yet of a table with these columns.
    pub(super) fn new<'n>(columns: impl Iterator<Item = &'n str>) -> Self {
        let mut hash = Sha256::new_with_prefix(VERSION);
        for column in columns {
            hash.update((column.len() as u64).to_be_bytes());
            hash.update(column);
        }
        Self { columns: hash, total: [0; 32], rows: 0 }
    }

    /// Adds a row, as its encoded cells.
    pub(super) fn add(&mut self, row: &[u8]) {
        let hash: [u8; 32] = Sha256::digest(row).into();
        let mut carry = 0;
        for (digit, addend) in self.total.iter_mut().zip(hash).rev() {
            let both = u16::from(*digit) + u16::from(addend) + carry;
            *digit = both.to_be_bytes()[1];
            carry = both >> 8;
        }
        self.rows += 1;
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// The digest in hexadecimal digits. An empty table's depends on its columns alone.
    pub(super) fn finish(&self) -> String {
        let mut hash = self.columns.clone();
        hash.update(self.rows.to_be_bytes());
        hash.update(self.total);
        hexadecimal(&hash.finalize())
    }
}

/// Bytes as people write them.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
