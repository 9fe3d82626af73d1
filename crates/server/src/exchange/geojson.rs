//! GeoJSON (RFC 7946): a collection of points, one for each account, whose properties are its fields.

use roadbook_model::Kind;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json, json};

use super::cells::written;
use super::target::{self, Target};
use super::{Fault, LINE_BYTES_MAX, Line, Lines, kept};

/// A collection being read; only where each feature stands is in memory, not what it says.
pub struct Reader<'a> {
    kind: Kind,
    targets: Vec<Target>,
    features: std::vec::IntoIter<&'a RawValue>,
    number: u64,
}

#[derive(Deserialize)]
struct Collection<'a> {
    #[serde(rename = "type")]
    is: String,
    #[serde(borrow)]
    features: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Feature {
    #[serde(default)]
    id: Json,
    geometry: Option<Geometry>,
    #[serde(default)]
    properties: Option<Map<String, Json>>,
}

#[derive(Deserialize)]
struct Geometry {
    #[serde(rename = "type")]
    is: String,
    #[serde(default)]
    coordinates: Json,
}

impl<'a> Reader<'a> {
    /// Finds the features.
    ///
    /// # Errors
    /// `bad_geojson`.
    pub fn open(kind: Kind, bytes: &'a [u8]) -> Result<Self, Fault> {
        let bad = |text: String| Fault::new("bad_geojson", text);
        let collection: Collection<'a> = serde_json::from_slice(bytes)
            .map_err(|error| bad(format!("The file is no FeatureCollection of GeoJSON: {error}.")))?;
        if collection.is != "FeatureCollection" {
            return Err(bad(format!("The file is a {}, not a FeatureCollection.", kept(&collection.is))));
        }
        let features = collection.features.into_iter();
        Ok(Self { kind, targets: target::all(kind), features, number: 0 })
    }

    fn read(&self, raw: &RawValue) -> Result<Vec<String>, Fault> {
        let bad = |text: &str| Fault::new("bad_feature", text);
        if raw.get().len() > LINE_BYTES_MAX {
            return Err(Fault::new("too_long", "The feature is too long."));
        }
        let feature: Feature = serde_json::from_str(raw.get())
            .map_err(|error| Fault::new("bad_feature", format!("It is no feature: {error}.")))?;
        let mut cells = vec![String::new(); self.targets.len()];
        let place = |name: &str| self.targets.iter().position(|target| target.name == name);
        for (name, value) in feature.properties.unwrap_or_default() {
            let Some(found) = target::guess(self.kind, &name).and_then(|target| place(target.name)) else {
                continue;
            };
            if cells[found].is_empty() || self.targets[found].name == name {
                cells[found] = text(&value)
                    .ok_or_else(|| bad("A property is neither a text nor a number.").at(&name))?;
            }
        }
        if let Some(found) = place("external_id").filter(|found| cells[*found].is_empty())
            && place("id").is_some_and(|id| cells[id].is_empty())
        {
            cells[found] = text(&feature.id).unwrap_or_default();
        }
        if let Some(geometry) = feature.geometry {
            let point = (geometry.is == "Point").then(|| position(&geometry.coordinates)).flatten();
            let (longitude, latitude) =
                point.ok_or_else(|| bad("Its geometry is no point with longitude and latitude."))?;
            for (name, degrees) in [("longitude", longitude), ("latitude", latitude)] {
                if let Some(found) = place(name) {
                    cells[found] = written(degrees, 6);
                }
            }
        }
        match cells.iter().any(|cell| cell.contains('\0')) {
            true => Err(Fault::new("bad_character", "A property holds the character NUL; leave it out.")),
            false => Ok(cells),
        }
    }
}

impl Lines for Reader<'_> {
    fn columns(&self) -> Vec<String> {
        self.targets.iter().map(|target| target.name.to_owned()).collect()
    }

    fn next(&mut self) -> Result<Option<Line>, Fault> {
        let Some(raw) = self.features.next() else { return Ok(None) };
        self.number += 1;
        let (cells, fault) = match self.read(raw) {
            Ok(cells) => (cells, None),
            Err(fault) => (vec![String::new(); self.targets.len()], Some(fault)),
        };
        Ok(Some(Line { number: self.number, cells, fault }))
    }
}

/// A property as a cell.
fn text(value: &Json) -> Option<String> {
    match value {
        Json::Null => Some(String::new()),
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(yes) => Some(yes.to_string()),
        Json::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Json::as_str).collect();
            texts.map(|texts| texts.join("; "))
        }
        Json::Object(_) => None,
    }
}

/// Longitude and latitude in millionths of a degree.
fn position(coordinates: &Json) -> Option<(i64, i64)> {
    let [longitude, latitude] = [0, 1].map(|place| coordinates.get(place).and_then(Json::as_f64));
    #[expect(
        clippy::cast_possible_truncation,
        reason = "beyond the range it becomes the nearest, which the kind refuses"
    )]
    let micro = |degrees: f64| (degrees * 1e6).round() as i64;
    Some((micro(longitude?), micro(latitude?)))
}

/// An account as a feature.
pub fn write(columns: &[&str], cells: &[String]) -> String {
    let filled = columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
    let mut properties: Map<String, Json> =
        filled.map(|(name, cell)| ((*name).to_owned(), Json::from(cell.as_str()))).collect();
    let mut degrees = |name: &str| {
        let degrees = properties.remove(name)?;
        degrees.as_str()?.parse::<f64>().ok()
    };
    let point = degrees("longitude").zip(degrees("latitude"));
    for name in ["longitude_microdeg", "latitude_microdeg"] {
        properties.remove(name);
    }
    let geometry =
        point.map(|(longitude, latitude)| json!({ "type": "Point", "coordinates": [longitude, latitude] }));
    json!({ "type": "Feature", "geometry": geometry, "properties": properties }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Line> {
        let mut reader = Reader::open(Kind::ACCOUNT, text.as_bytes()).unwrap();
        std::iter::from_fn(|| reader.next().unwrap()).collect()
    }

    fn cell(line: &Line, name: &str) -> String {
        let place = target::all(Kind::ACCOUNT).iter().position(|target| target.name == name).unwrap();
        line.cells[place].clone()
    }

    #[test]
    fn a_point_is_read_with_its_properties_and_a_bad_one_spoils_no_other() {
        let lines = all(r#"{"type":"FeatureCollection","name":"x","features":[
            {"type":"Feature","id":7,"geometry":{"type":"Point","coordinates":[-122.33,47.6]},"properties":{"Firma":"A","tags":["x","y"],"n":{}}},
            {"type":"Feature","geometry":{"type":"LineString","coordinates":[[1,2],[3,4]]},"properties":{}},
            {"type":"Feature","geometry":{"type":"Point","coordinates":["1",2]},"properties":null},
            7,
            {"type":"Feature","geometry":null,"properties":{"name":"B","latitude":"1.5"}}]}"#);
        let told: Vec<_> = lines.iter().map(|line| line.fault.as_ref().map(|fault| fault.code)).collect();
        assert_eq!(told, [None, Some("bad_feature"), Some("bad_feature"), Some("bad_feature"), None]);
        let said = ["name", "external_id", "latitude", "longitude", "tags"].map(|name| cell(&lines[0], name));
        assert_eq!(said, ["A", "7", "47.6", "-122.33", "x; y"]);
        assert_eq!(cell(&lines[4], "latitude"), "1.5");
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"type":"Feature","features":[]}"#,
            r#"{"type":"FeatureCollection","features":[{]}"#,
        ] {
            assert_eq!(
                Reader::open(Kind::ACCOUNT, text.as_bytes()).err().map(|fault| fault.code),
                Some("bad_geojson"),
                "{text}"
            );
        }
        let deep = format!(
            r#"{{"type":"FeatureCollection","features":[{}{}]}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        let deep = Reader::open(Kind::ACCOUNT, deep.as_bytes())
            .map(|mut reader| reader.next().map(|line| line.map(|line| line.fault.is_some())));
        assert!(matches!(deep, Err(_) | Ok(Ok(Some(true)))));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let columns: Vec<&str> = target::all(Kind::ACCOUNT).iter().map(|target| target.name).collect();
        let cells: Vec<String> = columns
            .iter()
            .map(|name| match *name {
                "name" => "A \"quoted\" name".to_owned(),
                "latitude" => "47.6".to_owned(),
                "longitude" => "-0.000001".to_owned(),
                _ => String::new(),
            })
            .collect();
        let feature = write(&columns, &cells);
        let lines = all(&format!(r#"{{"type":"FeatureCollection","features":[{feature}]}}"#));
        assert_eq!((lines[0].cells.clone(), &lines[0].fault), (cells, &None));
    }
}
