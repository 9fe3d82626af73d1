//! Distances over the ground, along great circles of a sphere. Only sums, products, quotients and square roots are used,
//! which every machine and language rounds alike: a device and the office find the same metre.

use super::Place;

/// The mean radius of the earth.
const RADIUS_M: f64 = 6_371_008.8;
/// A millionth of a degree.
const RADIANS: f64 = 1.745_329_251_994_329_5e-8;

/// A place as a point on the unit sphere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    x: f64,
    y: f64,
    z: f64,
}

impl Point {
    pub(super) fn of(place: Place) -> Self {
        let (sin_latitude, cos_latitude) = sin_cos(place.latitude_microdeg as f64 * RADIANS);
        let (sin_longitude, cos_longitude) = sin_cos(place.longitude_microdeg as f64 * RADIANS);
        Self { x: cos_latitude * cos_longitude, y: cos_latitude * sin_longitude, z: sin_latitude }
    }

    /// In whole metres.
    pub(super) fn distance_m(&self, other: &Self) -> i64 {
        let (x, y, z) = (self.x - other.x, self.y - other.y, self.z - other.z);
        let half_chord = (x * x + y * y + z * z).sqrt() / 2.0;
        (2.0 * arc_sin(half_chord.min(1.0)) * RADIUS_M + 0.5).floor() as i64
    }
}

/// Sine and cosine of an angle up to half a turn: by their series for a sixteenth of it, doubled four times.
fn sin_cos(angle: f64) -> (f64, f64) {
    let part = angle / 16.0;
    let square = part * part;
    let mut sin = part
        * (1.0
            - square / 6.0
                * (1.0
                    - square / 20.0
                        * (1.0 - square / 42.0 * (1.0 - square / 72.0 * (1.0 - square / 110.0)))));
    let mut cos = 1.0
        - square / 2.0
            * (1.0 - square / 12.0 * (1.0 - square / 30.0 * (1.0 - square / 56.0 * (1.0 - square / 90.0))));
    for _ in 0..4 {
        (sin, cos) = (2.0 * sin * cos, cos * cos - sin * sin);
    }
    (sin, cos)
}

/// The angle of a sine from 0 to 1: by the series for an eighth of it.
fn arc_sin(sine: f64) -> f64 {
    let mut part = sine;
    for _ in 0..3 {
        part /= (2.0 * (1.0 + (1.0 - part * part).sqrt())).sqrt();
    }
    let square = part * part;
    let series = 1.0
        + square
            * (1.0 / 6.0
                + square
                    * (3.0 / 40.0
                        + square
                            * (5.0 / 112.0
                                + square
                                    * (35.0 / 1152.0
                                        + square
                                            * (63.0 / 2816.0
                                                + square
                                                    * (231.0 / 13_312.0 + square * (143.0 / 10_240.0)))))));
    8.0 * part * series
}
