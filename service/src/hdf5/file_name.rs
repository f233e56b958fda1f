//! What the name of a raw subband file tells.

use chrono::NaiveDateTime;

/// Subbands of a full observation.
pub const SUBBANDS: usize = 16;

/// What the name of a subband file tells: `2025-10-02T00:12:30_sb00.hdf5`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubbandFileName {
    /// Its own timestamp as `YYYY-MM-DDTHH:MM:SS`, UTC; the files of one observation may differ by
    /// seconds.
    pub group_id: String,
    /// That timestamp.
    pub start: NaiveDateTime,
    /// Its subband, 0 to 15.
    pub subband: u8,
}

impl SubbandFileName {
    /// Reads a file's name without its directory; none where it does not end in `_sbNN.hdf5`.
    ///
    /// # Errors
    /// It ends so, but has no timestamp before it, or there is no such subband; says which.
    pub fn parse(name: &str) -> Option<Result<Self, String>> {
        let stem = name.strip_suffix(".hdf5")?;
        let (timestamp, code) = stem.rsplit_once("_sb")?;
        if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(Self::of(timestamp, code))
    }

    fn of(timestamp: &str, code: &str) -> Result<Self, String> {
        let start = NaiveDateTime::parse_from_str(timestamp, "%Y-%m-%dT%H:%M:%S%.f")
            .map_err(|_| format!("{timestamp:?} is not an instant as YYYY-MM-DDTHH:MM:SS"))?;
        let group_id = start.format("%Y-%m-%dT%H:%M:%S").to_string();
        match code.parse() {
            Ok(subband) if usize::from(subband) < SUBBANDS => Ok(Self { group_id, start, subband }),
            _ => Err(format!("there is no subband {code}; they go from 00 to 15")),
        }
    }

    /// The code of its subband, `sb00` to `sb15`.
    pub fn subband_code(&self) -> String {
        format!("sb{:02}", self.subband)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn other_files_are_none_and_bad_names_say_why() {
        for name in ["notes.txt", "2025-10-02T00:12:30_sb0.hdf5", "2025-10-02T00:12:30.hdf5", ""] {
            assert_eq!(SubbandFileName::parse(name), None, "{name}");
        }
        for name in ["2025-10-02T00:12:30_sb16.hdf5", "yesterday_sb00.hdf5", "_sb00.hdf5"] {
            assert!(matches!(SubbandFileName::parse(name), Some(Err(_))), "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_name_reads_back(seconds in 0_i64..4_000_000_000, subband in 0_u8..16) {
            let start = chrono::DateTime::from_timestamp(seconds, 0).unwrap().naive_utc();
            let name = format!("{}_sb{subband:02}.hdf5", start.format("%Y-%m-%dT%H:%M:%S"));
            let parsed = SubbandFileName::parse(&name).unwrap().unwrap();
            prop_assert_eq!(parsed.start, start);
            prop_assert_eq!(parsed.subband, subband);
            prop_assert_eq!(format!("{}_{}.hdf5", parsed.group_id, parsed.subband_code()), name);
        }

        #[test]
        fn any_text_is_judged(name in ".*") {
            let _ = SubbandFileName::parse(&name);
        }
    }
}
