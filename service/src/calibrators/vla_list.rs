//! The VLA calibrator list, in the layout in which NRAO publishes it.
//!
//! An entry is a line with the J2000 position, one with that of B1950, rules and a heading, and a line for
//! each band. The columns of these lines were set by hand over the years: words are read in their order,
//! and not by where they stand.

use almanac_entity::calibrators::VlaQualityCode;

/// A list that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VlaList {
    /// Its entries, in their order. A name may occur more than once.
    pub entries: Vec<VlaEntry>,
    /// Lines that say nothing that could be understood.
    pub faults: Vec<VlaFault>,
}

/// A line that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VlaFault {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

/// An entry of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct VlaEntry {
    /// Number of its first line.
    pub line: usize,
    /// Its J2000 name, such as `1331+305`.
    pub name: String,
    /// Its B1950 name.
    pub name_b1950: Option<String>,
    /// How well the position is known: A better than 0.002″, B 0.01″, C 0.15″, T worse.
    pub position_code: char,
    /// Right ascension, degrees.
    pub ra_deg: f64,
    /// Declination, degrees.
    pub dec_deg: f64,
    /// Where the position is from, and other names, as printed.
    pub remarks: Vec<String>,
    /// Its bands.
    pub bands: Vec<VlaBand>,
}

/// A band of an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct VlaBand {
    /// Number of its line.
    pub line: usize,
    /// The band.
    pub band: Band,
    /// How good a calibrator it is in the configurations A, B, C and D of the array.
    pub quality: [Option<VlaQualityCode>; 4],
    /// Flux density, Jy; none where the list has a question mark or nothing.
    pub flux_jy: Option<f64>,
}

/// A band of the Very Large Array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Band {
    /// 90 cm.
    P,
    /// 20 cm.
    L,
    /// 6 cm.
    C,
    /// 3.7 cm.
    X,
    /// 2 cm.
    U,
    /// 1.3 cm.
    K,
    /// 0.7 cm.
    Q,
}

impl Band {
    /// All of them, the lowest frequency first.
    pub const ALL: [Self; 7] = [Self::P, Self::L, Self::C, Self::X, Self::U, Self::K, Self::Q];

    /// Its letter.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::P => "P",
            Self::L => "L",
            Self::C => "C",
            Self::X => "X",
            Self::U => "U",
            Self::K => "K",
            Self::Q => "Q",
        }
    }

    /// Its wavelength, as the list has it.
    pub const fn wavelength(self) -> &'static str {
        match self {
            Self::P => "90cm",
            Self::L => "20cm",
            Self::C => "6cm",
            Self::X => "3.7cm",
            Self::U => "2cm",
            Self::K => "1.3cm",
            Self::Q => "0.7cm",
        }
    }

    /// Its frequency, GHz.
    pub const fn freq_ghz(self) -> f64 {
        match self {
            Self::P => 0.33,
            Self::L => 1.4,
            Self::C => 5.0,
            Self::X => 8.4,
            Self::U => 15.0,
            Self::K => 22.0,
            Self::Q => 43.0,
        }
    }

    /// The band of a letter or a wavelength, such as `L` or `20cm`.
    pub fn parse(word: &str) -> Option<Self> {
        let mut bands = Self::ALL.into_iter();
        bands.find(|band| {
            band.letter().eq_ignore_ascii_case(word) || band.wavelength().eq_ignore_ascii_case(word)
        })
    }
}

/// Reads a list.
pub fn parse_vla_list(text: &str) -> VlaList {
    let mut list = VlaList::default();
    // None before the first entry, and behind one that could not be read: its lines are its fault.
    let mut is_open = false;
    let mut was_refused = false;
    for (index, text) in text.lines().enumerate() {
        let line = index + 1;
        let words: Vec<&str> = text.split_whitespace().collect();
        let open = if is_open { list.entries.last_mut() } else { None };
        let outcome = match (words.as_slice(), open) {
            ([] | ["IAU" | "BAND", ..], _) => continue,
            ([rule], _) if rule.chars().all(|c| matches!(c, '=' | '-')) => continue,
            ([name, "J2000", rest @ ..], _) => {
                let entry = entry(line, name, rest);
                is_open = entry.is_ok();
                was_refused = entry.is_err();
                entry.map(|entry| list.entries.push(entry))
            }
            _ if was_refused => continue,
            ([name, "B1950", ..], Some(entry)) => {
                entry.name_b1950 = Some((*name).to_owned());
                Ok(())
            }
            ([wavelength, rest @ ..], Some(entry)) if wavelength.ends_with("cm") => {
                band(line, wavelength, rest).map(|band| entry.bands.push(band))
            }
            (_, Some(_)) => Err("it is neither a position nor a band".to_owned()),
            (_, None) => Err("it belongs to no entry".to_owned()),
        };
        if let Err(message) = outcome {
            list.faults.push(VlaFault { line, message });
        }
    }
    list
}

fn entry(line: usize, name: &str, words: &[&str]) -> Result<VlaEntry, String> {
    let [code, ra, dec, remarks @ ..] = words else {
        return Err("a position has a code, a right ascension and a declination".to_owned());
    };
    let position_code = match *code {
        "A" => 'A',
        "B" => 'B',
        "C" => 'C',
        "T" => 'T',
        other => return Err(format!("{other:?} is no code of a position: A, B, C or T")),
    };
    let ra_hours = sexagesimal(ra, ['h', 'm', 's']).filter(|hours| (0.0..24.0).contains(hours));
    let ra_hours = ra_hours.ok_or_else(|| format!("{ra:?} is no right ascension"))?;
    let dec_deg = sexagesimal(dec, ['d', '\'', '"']).filter(|dec| dec.abs() <= 90.0);
    let dec_deg = dec_deg.ok_or_else(|| format!("{dec:?} is no declination"))?;
    Ok(VlaEntry {
        line,
        name: name.to_owned(),
        name_b1950: None,
        position_code,
        ra_deg: ra_hours * 15.0,
        dec_deg,
        remarks: remarks.iter().map(|word| (*word).to_owned()).collect(),
        bands: Vec::new(),
    })
}

fn band(line: usize, wavelength: &str, words: &[&str]) -> Result<VlaBand, String> {
    let (band, words) = match words {
        [letter, rest @ ..] if letter.len() == 1 && Band::parse(letter).is_some() => {
            (Band::parse(letter), rest)
        }
        _ => (Band::parse(wavelength), words),
    };
    let band = band.ok_or_else(|| format!("{wavelength:?} is no band of the list"))?;
    let mut quality = [const { None }; 4];
    let mut rest = words;
    for code in &mut quality {
        match rest {
            [word, behind @ ..] if is_quality(word) => {
                *code = Some(VlaQualityCode::from(word.to_ascii_uppercase()));
                rest = behind;
            }
            _ => break,
        }
    }
    let number = |word: &str| {
        let number = word.parse::<f64>().ok();
        number.filter(|number| number.is_finite() && *number >= 0.0)
    };
    let (flux_jy, rest) = match rest {
        [] => (None, rest),
        ["?", rest @ ..] => (None, rest),
        [word, rest @ ..] => match number(word) {
            Some(flux) => (Some(flux), rest),
            None => return Err(format!("{word:?} is no flux density")),
        },
    };
    if let Some(word) = rest.iter().find(|word| **word != "visplot" && number(word).is_none()) {
        return Err(format!("{word:?} is no limit of the baselines"));
    }
    Ok(VlaBand { line, band, quality, flux_jy })
}

fn is_quality(word: &str) -> bool {
    matches!(word, "P" | "S" | "W" | "C" | "X" | "?" | "p" | "s" | "w" | "c" | "x")
}

/// Three numbers of sixty parts each, behind which these marks stand; the first may have a sign.
fn sexagesimal(text: &str, [first, second, third]: [char; 3]) -> Option<f64> {
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, rest) = text.split_once(first)?;
    let (minutes, rest) = rest.split_once(second)?;
    let seconds = rest.strip_suffix(third)?;
    let whole: u16 = whole.parse().ok()?;
    let minutes: u16 = minutes.parse().ok().filter(|minutes| *minutes < 60)?;
    let is_plain = seconds.chars().all(|c| c.is_ascii_digit() || c == '.');
    let seconds: f64 = seconds.parse().ok().filter(|seconds| is_plain && *seconds < 60.0)?;
    let value = f64::from(whole) + (f64::from(minutes) + seconds / 60.0) / 60.0;
    Some(if is_negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
IAU NAME EQUINOX  PC RA(hh,mm,ss)    DEC(ddd,mm,ss)   POS.REF ALT.NAME
===================================================================

0005+383   J2000  A 00h05m57.175409s  -00d20'15.148570\"  Aug01  CJ2
0003+380   B1950  A 00h03m22.335500s  38d03'33.410000\"
-----------------------------------------------------
BAND        A B C D    FLUX(Jy)    UVMIN(kL)  UVMAX(kL)
=====================================================
 20cm L  X X X X       0.52                       visplot
3.7cm    X  P P s P       1.1
  4cm    X  S S ? ?       0.3
  2cm    U                0.00
 90cm    P  S               33           10
  6cm    C  X X S S          ?                       20
 1.3cm   K  W W W W
";

    #[test]
    fn irregular_columns_are_read() {
        let list = parse_vla_list(LIST);
        assert_eq!(list.faults, []);
        let [entry] = &list.entries[..] else { panic!("there is one entry") };
        assert_eq!((entry.line, &entry.name[..]), (4, "0005+383"));
        assert_eq!(entry.name_b1950.as_deref(), Some("0003+380"));
        assert!((entry.ra_deg - 1.488_230_870_833).abs() < 1e-9);
        assert!((entry.dec_deg + 0.337_541_269_4).abs() < 1e-9, "{}", entry.dec_deg);
        let bands: Vec<_> =
            entry.bands.iter().map(|band| (band.band.letter(), band.flux_jy)).collect();
        assert_eq!(
            bands,
            [
                ("L", Some(0.52)),
                ("X", Some(1.1)),
                ("X", Some(0.3)),
                ("U", Some(0.0)),
                ("P", Some(33.0)),
                ("C", None),
                ("K", None),
            ]
        );
        assert_eq!(entry.bands[1].quality[2], Some(VlaQualityCode::S));
        assert_eq!(entry.bands[4].quality, [Some(VlaQualityCode::S), None, None, None]);
        assert_eq!(entry.bands[2].quality[3], Some(VlaQualityCode::Unknown));
    }

    #[test]
    fn bad_lines_are_named_by_their_number() {
        let text = "\
20cm L X X X X 0.5
0001+192 J2000 A 00h61m08.6s 19d14'33.8\" Aug01
2358+189 B1950 A 23h58m34.8s 18d57'51.7\"
0.7cm Q W W W W 0.18
0003-174 J2000 T 00h03m21.9s -17d27'11.7\"
 20cm L X X X S bright
 20cm L X X X S 2.2 far
something else
 6cm C X X X S 1.0
";
        let list = parse_vla_list(text);
        let lines: Vec<_> = list.faults.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [1, 2, 6, 7, 8]);
        assert_eq!(list.entries.len(), 1);
        assert_eq!(list.entries[0].bands.len(), 1);
    }
}
