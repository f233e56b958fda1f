//! Public lists of transients, read as observations.
//!
//! A list says where and when something was seen, and not with which exposure. What an observation has to have
//! beside that is stood in for: the exposure is a second, and the image is the one that `SkyView` makes of the
//! position. A list without filters was seen in `R`.

use std::{
    collections::{BTreeMap, HashMap},
    io::Read,
};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use sea_orm::prelude::{DateTimeUtc, Uuid};

use super::{NewObservation, ObservationDraft};
use crate::{Error, Result};

/// The filter of lists that name none.
const FILTER: &str = "R";
/// The exposure, seconds, as no list names one.
const EXPOSURE: f64 = 1.0;

/// A list that is known by its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObservationList {
    /// Supernovae with the day of their discovery: a survey `SNCAT`.
    Supernovae,
    /// The Open Astronomy Catalogs' transients: a survey `OAC`.
    OpenCatalogs,
    /// Detections that surveys reported, each of its own survey, with instant and filter.
    SurveyDetections,
}

impl ObservationList {
    const ALL: [Self; 3] = [Self::Supernovae, Self::OpenCatalogs, Self::SurveyDetections];

    /// The list with such a header.
    fn of_header(header: &csv::StringRecord) -> Option<Self> {
        let has = |name: &&str| header.iter().any(|other| other == *name);
        Self::ALL.into_iter().find(|list| list.headers().iter().all(has))
    }

    /// What is read of it: the exposure's name, its instant, position, and where they are, survey and filter.
    fn headers(self) -> &'static [&'static str] {
        match self {
            Self::Supernovae => &["sn_name", "discovery_date", "ra_deg", "dec_deg"],
            Self::OpenCatalogs => &["event", "discover_date", "ra_deg", "dec_deg"],
            Self::SurveyDetections => {
                &["detection_id", "obs_date", "ra_deg", "dec_deg", "survey", "filter"]
            }
        }
    }
}

/// A line of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedObservation {
    /// The name of the survey it is of.
    pub survey: String,
    /// What it says.
    pub draft: ObservationDraft,
}

/// The lines of a list.
#[derive(Debug)]
pub struct ListedObservations<R> {
    list: ObservationList,
    /// Where each of the list's headers stands.
    places: Vec<usize>,
    reader: csv::Reader<R>,
}

impl<R: Read> ListedObservations<R> {
    /// Reads the header of a CSV file.
    ///
    /// # Errors
    /// The file cannot be read, or its header is of none of the lists: the rule `unknown`.
    pub fn open(input: R) -> Result<Self> {
        let mut reader = csv::Reader::from_reader(input);
        let header = reader.headers().map_err(|error| unread(&error))?.clone();
        let list = ObservationList::of_header(&header).ok_or_else(|| {
            let known = ObservationList::ALL.map(|list| list.headers().join(", ")).join("; or ");
            Error::breaks("unknown", "header", format!("no list is known by it: they have {known}"))
        })?;
        let place = |name: &&str| header.iter().position(|other| other == *name);
        let places = list.headers().iter().filter_map(place).collect();
        Ok(Self { list, places, reader })
    }

    /// Which list it is.
    pub fn list(&self) -> ObservationList {
        self.list
    }

    /// The names of its surveys, of those that differ in case alone the first. Reads it to its end.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn surveys(self) -> Result<Vec<String>> {
        let mut surveys = BTreeMap::new();
        for line in self {
            match line {
                Ok(line) => _ = surveys.entry(line.survey.to_lowercase()).or_insert(line.survey),
                // What is wrong with one line is told when it is ingested.
                Err(Error::Invalid { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(surveys.into_values().collect())
    }

    /// Its lines as observations of surveys, which are given by their names in lower case.
    pub fn observations(
        self,
        surveys: &HashMap<String, Uuid>,
    ) -> impl Iterator<Item = Result<NewObservation>> {
        self.map(|line| {
            let line = line?;
            let survey = surveys.get(&line.survey.to_lowercase());
            let survey = survey.ok_or_else(|| Error::not_found(format!("survey {}", line.survey)));
            line.draft.complete(*survey?)
        })
    }

    fn line(&self, record: &csv::StringRecord) -> Result<ListedObservation> {
        let cell = |which: usize| {
            let cell = self.places.get(which).and_then(|place| record.get(*place));
            cell.map(str::trim).filter(|cell| !cell.is_empty())
        };
        let (ra, dec) = (number("ra", cell(2))?, number("dec", cell(3))?);
        let survey = match self.list {
            ObservationList::Supernovae => "SNCAT",
            ObservationList::OpenCatalogs => "OAC",
            ObservationList::SurveyDetections => cell(4).unwrap_or("unnamed"),
        };
        let filter_band = match self.list {
            ObservationList::SurveyDetections => cell(5).map(band),
            _ => Some(FILTER.to_owned()),
        };
        let draft = ObservationDraft {
            observation_id: cell(0).map(str::to_owned),
            ra,
            dec,
            observation_time: cell(1).map(instant).transpose()?,
            filter_band,
            exposure_time: Some(EXPOSURE),
            fits_url: ra.zip(dec).map(|(ra, dec)| image(ra, dec)),
            ..ObservationDraft::default()
        };
        Ok(ListedObservation { survey: survey.to_owned(), draft })
    }
}

impl<R: Read> Iterator for ListedObservations<R> {
    type Item = Result<ListedObservation>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = csv::StringRecord::new();
        match self.reader.read_record(&mut record) {
            Ok(false) => None,
            Ok(true) => Some(self.line(&record)),
            Err(error) => Some(Err(unread(&error))),
        }
    }
}

/// The filter of a name such as `i-Sloan`, which has the instrument's behind it.
fn band(name: &str) -> String {
    match name.split_once('-').map_or(name, |(band, _)| band) {
        "unfiltered" => "clear".to_owned(),
        band => band.to_owned(),
    }
}

/// A day, which begins at midnight, or a day and a time of it, UTC.
fn instant(text: &str) -> Result<DateTimeUtc> {
    let day =
        || NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN));
    let read = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").or_else(|_| day());
    read.map(|instant| instant.and_utc()).map_err(|_| {
        let message = format!("{text:?} is no day and no instant");
        Error::breaks("format", "observation_time", message)
    })
}

fn number(field: &str, text: Option<&str>) -> Result<Option<f64>> {
    let read = |text: &str| {
        let message =
            || Error::breaks("format", field.to_owned(), format!("{text:?} is no number"));
        text.parse::<f64>().map_err(|_| message())
    };
    text.map(read).transpose()
}

/// The image of a position.
fn image(ra: f64, dec: f64) -> String {
    format!(
        "https://skyview.gsfc.nasa.gov/current/cgi/runquery.pl?Survey=DSS2+Red&Position={ra},{dec}&Return=FITS"
    )
}

fn unread(error: &csv::Error) -> Error {
    let line = error.position().map(|position| format!("line {}: ", position.line()));
    Error::breaks("format", "file", format!("{}{error}", line.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_known_by_its_header() {
        let file = "name,detection_id,obs_date,ra_deg,dec_deg,survey,filter\n\
                    a,7,2015-03-18 19:26:23,84.5,-27.25,MASTER,unfiltered\n\
                    b,8,2015-03-18,x,0,master,i-Sloan\n\
                    c,9,soon,1,0,Gaia,G\n\
                    d,10,2015-03-19,1,0,,\n";
        let listed = ListedObservations::open(file.as_bytes()).unwrap();
        assert_eq!(listed.list(), ObservationList::SurveyDetections);
        let lines: Vec<_> = listed.collect();
        let first = lines[0].as_ref().unwrap();
        assert_eq!((first.survey.as_str(), first.draft.ra), ("MASTER", Some(84.5)));
        assert_eq!(first.draft.filter_band.as_deref(), Some("clear"));
        let refused = |index: usize| match &lines[index] {
            Err(Error::Invalid { argument, rule: Some(rule), .. }) => (argument.clone(), *rule),
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(1), ("ra".to_owned(), "format"));
        assert_eq!(refused(2), ("observation_time".to_owned(), "format"));
        assert_eq!(lines[3].as_ref().unwrap().draft.filter_band, None);

        let surveys = ListedObservations::open(file.as_bytes()).unwrap().surveys().unwrap();
        assert_eq!(surveys, ["MASTER", "unnamed"]);
        assert!(ListedObservations::open("a,b\n1,2\n".as_bytes()).is_err());
    }
}
