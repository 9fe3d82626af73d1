//! An area on the map: a GeoJSON polygon (RFC 7946), and whether a point lies in it.
//!
//! Positions are whole millionths of a degree, and the test is integer arithmetic, so that every machine finds the same.
//! Edges are straight in longitude and latitude. A point on an edge, also on that of a hole, lies in the polygon. No edge
//! crosses the antimeridian: a shape that does is cut there into two polygons, as the RFC asks; a point at 180 degrees
//! is also looked for at -180.

use serde_json::{Map, Value as Json};

use crate::rule::Violation;

/// Most positions in one area, all rings together.
pub const VERTICES_MAX: usize = 10_000;
/// Half the way round, in millionths of a degree.
const HALF_TURN: i64 = 180_000_000;
/// From equator to pole.
const QUARTER_TURN: i64 = 90_000_000;

/// A point, in millionths of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// East positive.
    pub longitude: i64,
    /// North positive.
    pub latitude: i64,
}

/// One or more polygons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    polygons: Vec<Polygon>,
    vertices: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Polygon {
    low: Position,
    high: Position,
    outer: Ring,
    holes: Vec<Ring>,
}

/// Closed: the last position is the first.
type Ring = Vec<Position>;

/// Where a point lies towards a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Inside,
    Edge,
    Outside,
}

impl Area {
    /// Reads a GeoJSON object: `Polygon`, `MultiPolygon`, a `Feature` with one of them, or a `FeatureCollection` of such.
    ///
    /// # Errors
    /// `bad_geometry`, `ring_not_closed`, `out_of_range`, `crosses_antimeridian` or `too_many`, with the path from `at`.
    pub fn parse(json: &Json, at: &[String]) -> Result<Self, Violation> {
        let mut area = Self { polygons: Vec::new(), vertices: 0 };
        area.add(json, at)?;
        if area.polygons.is_empty() {
            return Err(bad(at, "the area has no polygon; give a Polygon or MultiPolygon"));
        }
        Ok(area)
    }

    /// Whether a point lies in one of the polygons.
    pub fn contains(&self, point: Position) -> bool {
        let is_in = |point: Position| self.polygons.iter().any(|polygon| polygon.contains(point));
        let is_seam = point.longitude.abs() == HALF_TURN;
        is_in(point) || (is_seam && is_in(Position { longitude: -point.longitude, ..point }))
    }

    fn add(&mut self, json: &Json, at: &[String]) -> Result<(), Violation> {
        let object = json.as_object().ok_or_else(|| bad(at, "an area is a GeoJSON object"))?;
        if object.contains_key("crs") {
            return Err(bad(at, "GeoJSON has one reference system, WGS 84; remove crs"));
        }
        let member = |name: &str| object.get(name).unwrap_or(&Json::Null);
        match member("type").as_str() {
            Some("Polygon") => self.add_polygon(member("coordinates"), &down(at, "coordinates")),
            Some("MultiPolygon") => {
                let at = down(at, "coordinates");
                let polygons = list(object, "coordinates", &at)?;
                each(polygons, &at, |polygon, at| self.add_polygon(polygon, at))
            }
            Some("Feature") if !is_feature(member("geometry")) => {
                self.add(member("geometry"), &down(at, "geometry"))
            }
            Some("FeatureCollection") => {
                let at = down(at, "features");
                each(list(object, "features", &at)?, &at, |feature, at| match is_plain_feature(feature) {
                    true => self.add(feature, at),
                    false => Err(bad(at, "a collection holds features")),
                })
            }
            _ => Err(bad(
                at,
                "an area is a Polygon, a MultiPolygon, or a Feature or FeatureCollection of them",
            )),
        }
    }

    fn add_polygon(&mut self, json: &Json, at: &[String]) -> Result<(), Violation> {
        let rings = json.as_array().ok_or_else(|| bad(at, "a polygon is a list of rings"))?;
        let mut read = Vec::with_capacity(rings.len().min(64));
        each(rings, at, |ring, at| {
            read.push(self.ring(ring, at)?);
            Ok(())
        })?;
        let mut read = read.into_iter();
        let outer = read.next().ok_or_else(|| bad(at, "a polygon needs an outer ring"))?;
        self.polygons.push(Polygon::new(outer, read.collect()));
        Ok(())
    }

    fn ring(&mut self, json: &Json, at: &[String]) -> Result<Ring, Violation> {
        let positions = json.as_array().ok_or_else(|| bad(at, "a ring is a list of positions"))?;
        self.vertices = self.vertices.saturating_add(positions.len());
        if self.vertices > VERTICES_MAX {
            let text = format!("An area has at most {VERTICES_MAX} positions; simplify the shape.");
            return Err(Violation::new("too_many", at, text));
        }
        let mut ring = Ring::with_capacity(positions.len());
        each(positions, at, |json, at| {
            ring.push(position(json, at)?);
            Ok(())
        })?;
        let is_closed = ring.len() >= 4 && ring.first() == ring.last();
        if !is_closed {
            let text = "A ring has four or more positions, and ends where it began.";
            return Err(Violation::new("ring_not_closed", at, text));
        }
        if edges(&ring).any(|(a, b)| (a.longitude - b.longitude).abs() > HALF_TURN) {
            let text = "An edge spans more than 180 degrees of longitude; cut the shape at the antimeridian into two \
                        polygons (RFC 7946, 3.1.9), or put a position in between.";
            return Err(Violation::new("crosses_antimeridian", at, text));
        }
        Ok(ring)
    }
}

impl Polygon {
    fn new(outer: Ring, holes: Vec<Ring>) -> Self {
        let bound = |axis: fn(&Position) -> i64, pick: fn(i64, i64) -> i64| {
            outer.iter().map(axis).reduce(pick).unwrap_or_default()
        };
        let corner = |pick| Position {
            longitude: bound(|it| it.longitude, pick),
            latitude: bound(|it| it.latitude, pick),
        };
        let (low, high) = (corner(i64::min), corner(i64::max));
        Self { low, high, outer, holes }
    }

    fn contains(&self, point: Position) -> bool {
        let is_near = (self.low.longitude..=self.high.longitude).contains(&point.longitude)
            && (self.low.latitude..=self.high.latitude).contains(&point.latitude);
        is_near
            && side(&self.outer, point) != Side::Outside
            && self.holes.iter().all(|hole| side(hole, point) != Side::Inside)
    }
}

/// Counts the edges that a ray to the east crosses: an odd number means inside. Each edge owns its lower end only, so
/// that a ray through a corner crosses once.
fn side(ring: &Ring, point: Position) -> Side {
    let mut is_inside = false;
    for (a, b) in edges(ring) {
        let (low, high) = if a.latitude <= b.latitude { (a, b) } else { (b, a) };
        // Twice the area of the triangle; below 3 x 10^17, so it fits. Positive: the point lies west of the edge.
        let turn = (high.longitude - low.longitude) * (point.latitude - low.latitude)
            - (point.longitude - low.longitude) * (high.latitude - low.latitude);
        if turn == 0 && is_between(a, b, point) {
            return Side::Edge;
        }
        let is_level = (low.latitude..high.latitude).contains(&point.latitude);
        if is_level && turn > 0 {
            is_inside = !is_inside;
        }
    }
    if is_inside { Side::Inside } else { Side::Outside }
}

fn is_between(a: Position, b: Position, point: Position) -> bool {
    let within = |a: i64, b: i64, it: i64| (a.min(b)..=a.max(b)).contains(&it);
    within(a.longitude, b.longitude, point.longitude) && within(a.latitude, b.latitude, point.latitude)
}

fn edges(ring: &Ring) -> impl Iterator<Item = (Position, Position)> {
    ring.iter().copied().zip(ring.iter().copied().skip(1))
}

fn position(json: &Json, at: &[String]) -> Result<Position, Violation> {
    let numbers = json.as_array().map(Vec::as_slice).unwrap_or_default();
    // A third number is a height; nothing here needs it.
    let ([longitude, latitude] | [longitude, latitude, _]) = numbers else {
        return Err(bad(at, "a position is [longitude, latitude]"));
    };
    let longitude = microdegrees(longitude, HALF_TURN, at)?;
    let latitude = microdegrees(latitude, QUARTER_TURN, at)?;
    Ok(Position { longitude, latitude })
}

fn microdegrees(json: &Json, limit: i64, at: &[String]) -> Result<i64, Violation> {
    let degrees = json.as_f64().ok_or_else(|| bad(at, "a position is two numbers"))?;
    let limit_degrees = if limit == HALF_TURN { 180.0 } else { 90.0 };
    if !(-limit_degrees..=limit_degrees).contains(&degrees) {
        let text = "A position is [longitude, latitude] in degrees: -180 to 180, then -90 to 90.";
        return Err(Violation::new("out_of_range", at, text));
    }
    #[expect(clippy::cast_possible_truncation, reason = "within 180 million, which was just checked")]
    let microdegrees = (degrees * 1e6).round() as i64;
    Ok(microdegrees)
}

fn is_feature(json: &Json) -> bool {
    matches!(json.get("type").and_then(Json::as_str), Some("Feature" | "FeatureCollection"))
}

fn is_plain_feature(json: &Json) -> bool {
    json.get("type").and_then(Json::as_str) == Some("Feature")
}

fn list<'a>(object: &'a Map<String, Json>, name: &str, at: &[String]) -> Result<&'a [Json], Violation> {
    let items = object.get(name).and_then(Json::as_array);
    items.map(Vec::as_slice).ok_or_else(|| bad(at, &format!("{name} is a list")))
}

fn each(
    items: &[Json],
    at: &[String],
    mut read: impl FnMut(&Json, &[String]) -> Result<(), Violation>,
) -> Result<(), Violation> {
    items.iter().enumerate().try_for_each(|(n, item)| read(item, &down(at, &n.to_string())))
}

fn down(at: &[String], name: &str) -> Vec<String> {
    crate::rule::below(at, name)
}

fn bad(at: &[String], text: &str) -> Violation {
    Violation::new("bad_geometry", at, format!("This is not GeoJSON that can be used: {text}."))
}
