//! Chance that repeats itself: a stream of numbers of its own for each thing that is made up.
//!
//! No stream depends on how much another was drawn from, so a table that gains a column leaves the
//! others as they were.

use rand::{RngExt, SeedableRng, rngs::ChaCha12Rng, seq::IndexedRandom};
use rand_distr::StandardNormal;
use uuid::Uuid;

use super::UnixTime;

/// The generator. `ChaCha12`, unlike `StdRng`, promises the same numbers in every version.
pub(super) type Random = ChaCha12Rng;

/// What a stream is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Topic {
    /// The sources of one strip.
    Sources,
    /// How one source changes.
    Nature,
    /// Weather of one night.
    Night,
    /// Quality of one image.
    Image,
    /// The measurements on one image.
    Photometry,
    /// The files of one observation group.
    Subbands,
    /// The processing of one observation group.
    Processing,
    /// One night's calibration.
    Calibration,
    /// Quality assessment of one image.
    Quality,
    /// Candidates and alerts.
    Candidates,
    /// Jobs and batches.
    Jobs,
    /// Publication of data products.
    Publication,
    /// The optical pipeline.
    Optical,
}

/// The stream for number `index` of a topic.
pub(super) fn stream(seed: u64, topic: Topic, index: usize) -> Random {
    let mut random = Random::seed_from_u64(seed);
    random.set_stream((topic as u64) << 48 | index as u64);
    random
}

/// Draws that the sample survey needs often.
pub(super) trait Draw: RngExt {
    /// A number from the normal distribution.
    fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let standard: f64 = self.sample(StandardNormal);
        mean + deviation * standard
    }

    /// A number whose logarithm is normal: `median`, scattered by a factor of about `1 + spread`.
    fn around(&mut self, median: f64, spread: f64) -> f64 {
        median * self.normal(0.0, spread).exp()
    }

    /// A number of `low..high`.
    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.random_range(low..high)
    }

    /// One of `choices`, of which there is at least one.
    fn one_of<T: Clone>(&mut self, choices: &[T]) -> T
    where
        Self: Sized,
    {
        choices.choose(self).expect("there is something to choose from").clone()
    }

    /// A UUID of version 7, which sorts by its instant.
    fn uuid(&mut self, at: UnixTime) -> Uuid {
        let milliseconds = (at.0 * 1e3) as u64;
        uuid::Builder::from_unix_timestamp_millis(milliseconds, &self.random()).into_uuid()
    }
}

impl<R: RngExt> Draw for R {}
