//! How sources change: the few that do.

use super::{
    random::{Draw, Topic, stream},
    schedule::Schedule,
    sky::{Sky, separation_deg},
};

/// Width of a caustic of the extreme scattering event, days.
const CAUSTIC_DAYS: f64 = 0.8;
/// Width of the edges of the extreme scattering event, days.
const EDGE_DAYS: f64 = 0.2;
/// Time in which the flare fades, days.
const FLARE_DAYS: f64 = 600.0 / 86_400.0;

/// How a source changes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Nature {
    /// Not at all.
    Steady,
    /// In waves.
    Wave { amplitude: f64, period_days: f64, phase: f64 },
    /// At random, slowly; a factor for each day from `first_mjd`.
    Walk { first_mjd: f64, daily: Vec<f64> },
    /// A cloud of plasma passes: brighter at its edges, half as bright behind it.
    Scattering { ingress_mjd: f64, egress_mjd: f64 },
    /// Flares up once and fades within minutes.
    Flare { peak_mjd: f64 },
}

impl Nature {
    /// Flux at an instant over the mean.
    pub(super) fn factor(&self, mjd: f64) -> f64 {
        match self {
            Self::Steady => 1.0,
            Self::Wave { amplitude, period_days, phase } => {
                1.0 + amplitude * (std::f64::consts::TAU * (mjd / period_days + phase)).sin()
            }
            Self::Walk { first_mjd, daily } => {
                let day = (mjd - first_mjd).clamp(0.0, (daily.len() - 2) as f64);
                let (index, part) = (day as usize, day.fract());
                daily[index] * (1.0 - part) + daily[index + 1] * part
            }
            Self::Scattering { ingress_mjd, egress_mjd } => {
                let after = |edge: f64| 1.0 / (1.0 + (-(mjd - edge) / EDGE_DAYS).exp());
                let caustic = |edge: f64| (-((mjd - edge) / CAUSTIC_DAYS).powi(2)).exp();
                let behind = after(*ingress_mjd) * (1.0 - after(*egress_mjd));
                1.0 - 0.5 * behind + 1.05 * (caustic(*ingress_mjd) + caustic(*egress_mjd))
            }
            Self::Flare { peak_mjd } => {
                // A tenth of a second of grace, for the rounding of the epoch.
                let since = mjd - peak_mjd;
                if since < -1e-6 { 1.0 } else { 1.0 + 5.0 * (-since / FLARE_DAYS).exp() }
            }
        }
    }
}

/// The sources that change, by their number in the sky.
#[derive(Debug)]
pub(super) struct Changing {
    /// Shows an extreme scattering event.
    pub(super) scattered: usize,
    /// Flares once.
    pub(super) flaring: usize,
    /// Vary all the time.
    pub(super) variable: Vec<usize>,
}

impl Changing {
    /// Makes `variables` sources of the sky vary, one flare and one be scattered.
    pub(super) fn choose(seed: u64, sky: &mut Sky, schedule: &Schedule, variables: usize) -> Self {
        let mut taken = Vec::with_capacity(variables + 2);
        let count = variables + 2;
        for number in 0..count {
            let source = nearest(sky, schedule, number, count, &taken);
            taken.push(source);
            let mut random = stream(seed, Topic::Nature, number);
            sky.sources[source].nvss_mjy = random.between(60.0, 250.0);
            sky.sources[source].confused = false;
            sky.sources[source].nature = match number {
                // The middle of the strip, a third and two thirds of the time.
                0 => Nature::Scattering {
                    ingress_mjd: schedule.epoch_mjd(number, count, 1.0 / 3.0),
                    egress_mjd: schedule.epoch_mjd(number, count, 2.0 / 3.0),
                },
                1 => Nature::Flare { peak_mjd: schedule.epoch_mjd(number, count, 0.8) },
                _ => variable(&mut random, schedule),
            };
        }
        Self { scattered: taken[0], flaring: taken[1], variable: taken.split_off(2) }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = usize> {
        [self.scattered, self.flaring].into_iter().chain(self.variable.iter().copied())
    }
}

/// The source nearest to the centre of one of the first strip's pointings that is not taken.
fn nearest(sky: &Sky, schedule: &Schedule, number: usize, count: usize, taken: &[usize]) -> usize {
    let centre = schedule.strips[0].centre(schedule.spread(number, count));
    let distance = |index: &usize| separation_deg(sky.sources[*index].position, centre);
    sky.strip(0)
        .filter(|index| !taken.contains(index))
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
        .expect("a strip has more sources than change")
}

/// Varies by 20 to 60 %, in waves or at random.
fn variable(random: &mut impl Draw, schedule: &Schedule) -> Nature {
    let amplitude = random.between(0.2, 0.6);
    if random.random_bool(0.5) {
        let (period_days, phase) = (random.between(4.0, 40.0), random.between(0.0, 1.0));
        return Nature::Wave { amplitude, period_days, phase };
    }
    let mut level: f64 = 0.0;
    let daily = (0..schedule.nights + 3).map(|_| {
        level = (0.9 * level + random.normal(0.0, 0.35)).clamp(-1.0, 1.0);
        1.0 + amplitude * level
    });
    Nature::Walk { daily: daily.collect(), first_mjd: schedule.first_mjd() }
}
