//! The catalogues there are, and what is known of their surveys.

use std::{fmt, str::FromStr};

use crate::{Error, Result};

/// A catalogue of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Catalogue {
    /// Calibrators: those registered for the bandpass, and the VLA calibrator list.
    Vla,
    /// The NRAO VLA Sky Survey, 1.4 GHz.
    Nvss,
    /// Faint Images of the Radio Sky at Twenty-Centimeters, 1.4 GHz.
    First,
    /// The Rapid ASKAP Continuum Survey, 0.888 GHz.
    Racs,
    /// The VLA Sky Survey, 3 GHz.
    Vlass,
    /// The Sydney University Molonglo Sky Survey, 0.843 GHz.
    Sumss,
    /// The cross-match of NVSS, VLASS and FIRST that is kept as a database.
    Master,
    /// Pulsars of the Australia Telescope National Facility's list.
    Atnf,
}

/// What is known of a survey.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Survey {
    /// Frequency, GHz.
    pub freq_ghz: f64,
    /// Lowest declination surveyed, degrees.
    pub dec_min: f64,
    /// Highest declination surveyed, degrees.
    pub dec_max: f64,
    /// Resolution, arcseconds.
    pub resolution_arcsec: f64,
    /// Noise, mJy/beam.
    pub rms_mjy: f64,
    /// The faintest sources it lists, mJy.
    pub limit_mjy: f64,
}

impl Catalogue {
    /// All of them, in the order in which one of several entries of a source stands for the others.
    pub const ALL: [Self; 8] = [
        Self::Vla,
        Self::Nvss,
        Self::First,
        Self::Racs,
        Self::Vlass,
        Self::Sumss,
        Self::Master,
        Self::Atnf,
    ];
    /// Those that one query can unite.
    pub const UNITED: [Self; 6] =
        [Self::Vla, Self::Nvss, Self::First, Self::Racs, Self::Vlass, Self::Sumss];

    /// The word in names of files and arguments, such as `nvss`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Vla => "vla",
            Self::Nvss => "nvss",
            Self::First => "first",
            Self::Racs => "racs",
            Self::Vlass => "vlass",
            Self::Sumss => "sumss",
            Self::Master => "master",
            Self::Atnf => "atnf",
        }
    }

    /// What its sources are said to be from, such as `NVSS`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Vla => "VLA",
            Self::Nvss => "NVSS",
            Self::First => "FIRST",
            Self::Racs => "RACS",
            Self::Vlass => "VLASS",
            Self::Sumss => "SUMSS",
            Self::Master => "MASTER",
            Self::Atnf => "ATNF",
        }
    }

    /// Other words for it in names of files.
    pub(crate) const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Vla => &["vla"],
            Self::Nvss => &["nvss"],
            Self::First => &["first"],
            Self::Racs => &["racs", "rax"],
            Self::Vlass => &["vlass"],
            Self::Sumss => &["sumss"],
            Self::Master => &["master"],
            Self::Atnf => &["atnf"],
        }
    }

    /// What is known of the survey, where it is one.
    pub const fn survey(self) -> Option<Survey> {
        let (freq_ghz, (dec_min, dec_max), resolution_arcsec, rms_mjy, limit_mjy) = match self {
            Self::Nvss => (1.4, (-40.0, 90.0), 45.0, 0.45, 2.5),
            Self::First => (1.4, (-10.0, 57.0), 5.0, 0.15, 1.0),
            Self::Racs => (0.888, (-90.0, 41.0), 15.0, 0.25, 1.5),
            Self::Vlass => (3.0, (-40.0, 90.0), 2.5, 0.12, 1.0),
            Self::Sumss => (0.843, (-90.0, -30.0), 45.0, 1.0, 6.0),
            Self::Vla | Self::Master | Self::Atnf => return None,
        };
        Some(Survey { freq_ghz, dec_min, dec_max, resolution_arcsec, rms_mjy, limit_mjy })
    }

    /// Reads the word of a catalogue, the argument being named `argument`.
    ///
    /// # Errors
    /// There is no such catalogue among `allowed`, which the error lists.
    pub fn parse(word: &str, argument: &str, allowed: &[Self]) -> Result<Self> {
        let lower = word.trim().to_ascii_lowercase();
        let mut allowed_ones = allowed.iter().copied();
        allowed_ones.find(|catalogue| catalogue.keys().contains(&lower.as_str())).ok_or_else(|| {
            let keys: Vec<_> = allowed.iter().map(|catalogue| catalogue.key()).collect();
            Error::invalid(argument, format!("{word:?} is none of {}", keys.join(", ")))
        })
    }
}

impl fmt::Display for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

impl FromStr for Catalogue {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        Self::parse(word, "catalogue", &Self::ALL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for catalogue in Catalogue::ALL {
            assert_eq!(catalogue.key().parse::<Catalogue>().unwrap(), catalogue);
            assert_eq!(catalogue.label().parse::<Catalogue>().unwrap(), catalogue);
        }
        assert_eq!("rax".parse::<Catalogue>().unwrap(), Catalogue::Racs);
        let refused = Catalogue::parse("master", "catalogues", &Catalogue::UNITED).unwrap_err();
        assert!(refused.to_string().contains("vla, nvss"), "{refused}");
    }
}
