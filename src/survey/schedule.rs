//! What was observed when: a telescope that points at the meridian and lets the sky drift by.

use rand::RngExt;

use super::{
    Survey, UnixTime,
    random::{Draw, Topic, stream},
    scaled,
    sky::{FIELD_DEG, SIDEREAL_DAY_S, Strip, TURN_DEG_PER_S, separation_deg, sidereal_deg},
};

/// Length of an observation, seconds.
pub(super) const OBSERVATION_S: f64 = 309.12;
/// From the start of one observation to the next, seconds: every second one is kept.
pub(super) const CADENCE_S: f64 = 555.0;
/// Where the strips begin, degrees of right ascension: each begins a little before a bandpass
/// calibrator, 3C138 and 0834+555.
const STRIPS_RA_DEG: (f64, f64) = (77.0, 124.0);
/// Declinations of the strips, degrees.
const STRIPS_DEC_DEG: (f64, f64) = (16.27, 54.57);
/// More pointings do not fit into a night that begins at the same sidereal time every day.
const MOST_POINTINGS: usize = 140;
/// Measurement sets that were converted and not imaged yet, and groups still in the queue.
const RECENT: usize = 14;
/// From the start of one of them to the next, seconds.
const RECENT_CADENCE_S: f64 = 310.0;

/// An observation: its time, its place and how good it was.
#[derive(Clone, Debug)]
pub(super) struct Observation {
    /// Its number among those of its kind.
    pub(super) index: usize,
    /// The night, from 0.
    pub(super) night: usize,
    /// The strip and the pointing in it.
    pub(super) pointing: (usize, usize),
    /// When it began, a whole second.
    pub(super) start: UnixTime,
    /// Right ascension and declination of the centre, degrees.
    pub(super) centre: (f64, f64),
    /// Noise of its image, Jy/beam.
    pub(super) noise_jy: f64,
    /// What its image makes of a flux density of 1.
    pub(super) gain: f64,
    /// Whether the night was bad.
    pub(super) bad: bool,
}

impl Observation {
    /// The middle.
    pub(super) fn mid(&self) -> UnixTime {
        self.after(OBSERVATION_S / 2.0)
    }

    /// The end.
    pub(super) fn end(&self) -> UnixTime {
        self.after(OBSERVATION_S)
    }

    /// So many seconds after the start.
    pub(super) fn after(&self, seconds: f64) -> UnixTime {
        UnixTime(self.start.0 + seconds)
    }

    /// Name of the observation group.
    pub(super) fn group_id(&self) -> String {
        text(self.start, "%Y-%m-%dT%H:%M:%S")
    }

    /// Its date, `YYYY-MM-DD`.
    pub(super) fn date(&self) -> String {
        text(self.start, "%Y-%m-%d")
    }

    /// Path of its measurement set.
    pub(super) fn ms_path(&self) -> String {
        format!("/data/dsa110-contimg/ms/{}/{}.ms", self.date(), self.group_id())
    }

    /// Path of its image.
    pub(super) fn image_path(&self) -> String {
        format!("/data/dsa110-contimg/images/{}/{}.image.fits", self.date(), self.group_id())
    }

    /// Name of its field, such as `J0816+54`.
    pub(super) fn field_name(&self) -> String {
        let minutes = (self.centre.0 * 4.0) as u32;
        format!("J{:02}{:02}{:+03}", minutes / 60, minutes % 60, self.centre.1 as i32)
    }

    /// Its subband files: the first `count`.
    pub(super) fn subbands(&self, seed: u64, count: usize) -> Vec<Subband> {
        let mut random = stream(seed, Topic::Subbands, self.start.0 as usize);
        (0..count)
            .map(|index| {
                let late =
                    if index > 0 && random.random_bool(0.2) { random.one_of(&[1, 2]) } else { 0 };
                let start = self.after(f64::from(late));
                let name = format!("{}_sb{index:02}.hdf5", text(start, "%Y-%m-%dT%H:%M:%S"));
                Subband {
                    index: i32::try_from(index).expect("there are 16"),
                    start,
                    path: format!("/data/incoming/{name}"),
                    name,
                    bytes: random.random_range(318_000_000..322_000_000),
                }
            })
            .collect()
    }
}

/// A raw file of one subband.
#[derive(Debug)]
pub(super) struct Subband {
    /// Its index, 0 to 15.
    pub(super) index: i32,
    /// Its own timestamp, which may be seconds after the group's.
    pub(super) start: UnixTime,
    /// Its name.
    pub(super) name: String,
    /// Its path.
    pub(super) path: String,
    /// Its size.
    pub(super) bytes: i64,
}

/// The plan of all observations.
#[derive(Debug)]
pub(super) struct Schedule {
    /// The strips, the one with most pointings first.
    pub(super) strips: Vec<Strip>,
    /// Number of nights.
    pub(super) nights: usize,
    /// Measurements on all images together.
    measurements: usize,
    /// Those that were imaged, in order of time.
    pub(super) imaged: Vec<Observation>,
    /// The last ones, converted or in the queue, in order of time.
    pub(super) recent: Vec<Observation>,
    /// Those that could not be converted, in order of time.
    pub(super) failed: Vec<Observation>,
}

impl Schedule {
    /// About 300 observations for a scale of 1, the last of them shortly before now.
    pub(super) fn new(survey: &Survey) -> Self {
        let wanted = scaled(300, survey.scale, 60);
        let pointings = (wanted / 30).min(MOST_POINTINGS);
        let nights = wanted.div_ceil(pointings).max(30);
        let strips = strips(pointings);
        let images = pointings * nights;
        let measurements = scaled(100_000, survey.scale, images);
        let mut schedule = Self {
            strips,
            nights,
            measurements,
            imaged: Vec::with_capacity(images),
            recent: Vec::with_capacity(RECENT),
            failed: Vec::new(),
        };
        let failed = scaled(20, survey.scale, 17) - RECENT;
        schedule.observe(survey, failed);
        schedule
    }

    fn observe(&mut self, survey: &Survey, failed: usize) {
        // Each night the strips pass in order of right ascension.
        let mut passing: Vec<(usize, usize)> = Vec::new();
        for (strip, of) in self.strips.iter().enumerate().rev() {
            passing.extend((0..of.pointings).map(|pointing| (strip, pointing)));
        }
        let west = self.strips.last().expect("there is a strip").first_ra_deg;
        let spare = failed.div_ceil(self.nights);
        let east =
            self.strips[0].first_ra_deg + self.strips[0].step_deg * self.strips[0].pointings as f64;
        let length_s = (east - west) / TURN_DEG_PER_S + (spare + RECENT + 2) as f64 * CADENCE_S;
        let last_night = culmination(UnixTime(survey.now.0 - length_s), west);
        for night in 0..self.nights {
            let weather = Weather::of(survey.seed, night, self.nights);
            let begins = last_night.0 - (self.nights - 1 - night) as f64 * SIDEREAL_DAY_S;
            for pointing in &passing {
                let centre = self.strips[pointing.0].centre(pointing.1);
                let wait_deg = self.strips[pointing.0].first_ra_deg - west
                    + self.strips[pointing.0].step_deg * pointing.1 as f64;
                let mid = begins + wait_deg / TURN_DEG_PER_S;
                let index = self.imaged.len();
                self.imaged.push(weather.observation(survey.seed, index, mid, *pointing, centre));
            }
            for number in 0..spare.min(failed - self.failed.len()) {
                let wait_s = (east - west) / TURN_DEG_PER_S + number as f64 * CADENCE_S;
                let index = self.failed.len();
                let drifting = weather.drifting(survey.seed, index, begins + wait_s);
                self.failed.push(drifting);
            }
        }
        let weather = Weather::of(survey.seed, self.nights - 1, self.nights);
        for index in 0..RECENT {
            // One after the other; the last one ended seconds ago.
            let ago = (RECENT - index) as f64 * RECENT_CADENCE_S - 140.0;
            self.recent.push(weather.drifting(survey.seed, index, survey.now.0 - ago));
        }
    }

    /// How many sources are measured on an image.
    pub(super) fn measured(&self, image: usize) -> usize {
        let images = self.imaged.len();
        self.measurements / images + usize::from(image < self.measurements % images)
    }

    /// Start of the first observation, MJD.
    pub(super) fn first_mjd(&self) -> f64 {
        self.imaged.first().expect("there is an observation").start.mjd()
    }

    /// Pointings of the first strip, far from each other: the one for number `number` of `count`, the
    /// first of which gets the middle of the strip.
    pub(super) fn spread(&self, number: usize, count: usize) -> usize {
        let pointings = self.strips[0].pointings;
        (pointings / 2 + number * pointings / count) % pointings
    }

    /// When that pointing was observed, after a part of the nights, MJD.
    pub(super) fn epoch_mjd(&self, number: usize, count: usize, part: f64) -> f64 {
        let pointing = (0, self.spread(number, count));
        let night = ((self.nights - 1) as f64 * part).round() as usize;
        self.imaged
            .iter()
            .find(|observation| observation.night == night && observation.pointing == pointing)
            .expect("every pointing is observed every night")
            .mid()
            .mjd()
    }

    /// Runs of observations of one strip within an hour, as mosaics are made of.
    pub(super) fn hours(&self) -> impl Iterator<Item = &[Observation]> {
        self.imaged
            .chunk_by(|a, b| a.night == b.night && a.pointing.0 == b.pointing.0)
            .filter(|run| run[0].pointing.0 == 0)
            .flat_map(|run| run.chunks(6))
    }

    /// Runs of observations between which the telescope did not rest.
    pub(super) fn nights(&self) -> impl Iterator<Item = &[Observation]> {
        self.imaged.chunk_by(|a, b| a.night == b.night)
    }
}

/// Three fifths of the pointings in the northern strip, the rest in the southern one.
fn strips(pointings: usize) -> Vec<Strip> {
    let step_deg = CADENCE_S * TURN_DEG_PER_S;
    let south = if pointings < 5 { 0 } else { pointings * 2 / 5 };
    let end = STRIPS_RA_DEG.0 + step_deg * south as f64;
    let strip =
        |dec_deg, first_ra_deg, pointings| Strip { dec_deg, first_ra_deg, step_deg, pointings };
    let mut strips = vec![strip(STRIPS_DEC_DEG.1, STRIPS_RA_DEG.1.max(end), pointings - south)];
    if south > 0 {
        strips.push(strip(STRIPS_DEC_DEG.0, STRIPS_RA_DEG.0, south));
    }
    strips
}

/// The last instant before `latest` at which a right ascension crosses the meridian.
pub(super) fn culmination(latest: UnixTime, ra_deg: f64) -> UnixTime {
    let since_deg = (sidereal_deg(latest) - ra_deg).rem_euclid(360.0);
    UnixTime(latest.0 - since_deg / TURN_DEG_PER_S)
}

/// How well things went in a night.
struct Weather {
    night: usize,
    noise_jy: f64,
    bad: bool,
}

impl Weather {
    fn of(seed: u64, night: usize, nights: usize) -> Self {
        let mut random = stream(seed, Topic::Night, night);
        let drift = (std::f64::consts::TAU * 1.3 * night as f64 / nights as f64).sin();
        // Never the nights that carry the sample's events.
        let bad = night % 10 == 4 || night % 29 == 17;
        let noise = 0.5e-3 * (1.0 + 0.3 * drift) * if bad { random.between(2.0, 2.8) } else { 1.0 };
        Self { night, noise_jy: random.around(noise, 0.08), bad }
    }

    fn observation(
        &self,
        seed: u64,
        index: usize,
        mid: f64,
        pointing: (usize, usize),
        centre: (f64, f64),
    ) -> Observation {
        let mut random = stream(seed, Topic::Image, index);
        Observation {
            index,
            night: self.night,
            pointing,
            start: UnixTime((mid - OBSERVATION_S / 2.0).round()),
            centre,
            noise_jy: random.around(self.noise_jy, 0.12).max(0.3e-3),
            gain: random.normal(1.0, 0.02),
            bad: self.bad,
        }
    }

    /// An observation of whatever the northern declination has on the meridian.
    fn drifting(&self, seed: u64, index: usize, mid: f64) -> Observation {
        let centre = (sidereal_deg(UnixTime(mid)), STRIPS_DEC_DEG.1);
        self.observation(seed, index, mid, (0, 0), centre)
    }
}

/// An instant as text.
pub(super) fn text(at: UnixTime, format: &str) -> String {
    at.date_time()
        .expect("instants of the survey are years from the ends of time")
        .format(format)
        .to_string()
}

/// Response of the primary beam at a distance from its centre, 0 to 1.
pub(super) fn beam_response(position: (f64, f64), centre: (f64, f64)) -> f64 {
    (-4.0 * std::f64::consts::LN_2 * (separation_deg(position, centre) / FIELD_DEG).powi(2)).exp()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn observations_follow_each_other_whatever_the_scale() {
        for (number, scale) in [1e-6, 0.1, 0.37, 1.0, 10.0, 100.0].into_iter().enumerate() {
            let now = UnixTime(1_767_225_600.0 + 14_000.0 * number as f64);
            let schedule = Schedule::new(&Survey { scale, seed: 1, now });
            let runs = [&schedule.imaged, &schedule.recent, &schedule.failed];
            for run in runs {
                let ordered = run.is_sorted_by(|a, b| a.end().0 <= b.start.0);
                assert!(ordered && run.iter().all(|one| one.end().0 <= now.0), "{scale}");
            }
            assert!(
                schedule.imaged[schedule.imaged.len() - 1].end().0 < schedule.recent[0].start.0
            );
            let groups: HashSet<_> =
                runs.iter().flat_map(|run| run.iter().map(Observation::group_id)).collect();
            assert_eq!(groups.len(), runs.iter().map(|run| run.len()).sum::<usize>(), "{scale}");
            let measured: usize =
                (0..schedule.imaged.len()).map(|image| schedule.measured(image)).sum();
            assert_eq!(measured, schedule.measurements);
            for observation in &schedule.imaged {
                let off = sidereal_deg(observation.mid()) - observation.centre.0;
                assert!(
                    (off + 180.0).rem_euclid(360.0) - 180.0 < 0.01,
                    "{scale}: off by {off} degrees"
                );
            }
        }
    }
}
