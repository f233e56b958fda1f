//! `where: {position: {cone: …}}`: what lies near a direction.

use almanac_entity::Table;
use almanac_service::{Error, Filter, sky::Cone};
use async_graphql::{Value as GraphValue, registry::Registry};

use super::meta::{input_field, input_object, register};

/// Tells the schema of conditions on positions.
pub(crate) fn register_position(registry: &mut Registry) {
    register(registry, "ConeFilter", |_| {
        let inputs = [
            input_field(
                "raDeg",
                "Float",
                "Right ascension of the centre, degrees, ICRS; also negative ones.",
            ),
            input_field("decDeg", "Float", "Declination of the centre, degrees, ICRS."),
            input_field(
                "position",
                "String",
                "The centre as people write it, instead of raDeg and decDeg: 202.78 +30.51, \
                 13:31:08.3 +30:30:33, 13h31m08.3s +30d30m33s, J133108.3+303033, NVSS J1331+3030.",
            ),
            input_field("radiusDeg", "Float!", "Radius, degrees, above 0 and at most 180."),
        ];
        let description = "The sky within a radius of a direction, its edge included. A list that is sorted by \
                           nothing else is sorted by the distance from the first cone, nearest first.";
        input_object("ConeFilter", description, inputs)
    });
    register(registry, "PositionFilter", |_| {
        let inputs = [input_field("cone", "ConeFilter!", "It lies in this cone.")];
        input_object("PositionFilter", "A condition on where rows lie on the sky.", inputs)
    });
}

/// The condition that `position` states.
pub(crate) fn read_position<E: Table>(value: &GraphValue) -> Result<Filter<E>, String> {
    let GraphValue::Object(conditions) = value else {
        return Err("give a cone: {cone: {raDeg: 202.8, decDeg: 30.5, radiusDeg: 0.1}}".to_owned());
    };
    if let Some(name) = conditions.keys().find(|name| name.as_str() != "cone") {
        return Err(format!("there is no condition {name}, but cone"));
    }
    let cone = conditions.get("cone").ok_or("give a cone")?;
    let cone = read_cone(cone).map_err(|message| format!("cone: {message}"))?;
    Filter::cone(cone).map_err(|error| error.to_string())
}

fn read_cone(value: &GraphValue) -> Result<Cone, String> {
    let GraphValue::Object(cone) = value else { return Err("it is an object".to_owned()) };
    let given = |name: &str| cone.get(name).filter(|value| **value != GraphValue::Null);
    let number = |name: &str| match given(name) {
        None => Ok(None),
        Some(GraphValue::Number(number)) => Ok(number.as_f64()),
        Some(other) => Err(format!("{name}: {other} is no number")),
    };
    let known = ["raDeg", "decDeg", "position", "radiusDeg"];
    if let Some(name) = cone.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("it has no {name}"));
    }
    let radius = number("radiusDeg")?.ok_or("radiusDeg: give a radius")?;
    let made = match (given("position"), number("raDeg")?, number("decDeg")?) {
        (Some(GraphValue::String(position)), None, None) => Cone::around(position, radius),
        (Some(GraphValue::String(_)), ..) => {
            return Err("position: give it or raDeg and decDeg, not both".to_owned());
        }
        (Some(other), ..) => return Err(format!("position: {other} is no text")),
        (None, Some(ra), Some(dec)) => Cone::new(ra, dec, radius),
        (None, ..) => return Err("give raDeg and decDeg, or position".to_owned()),
    };
    made.map_err(|error| match error {
        Error::Invalid { argument, message, .. } => {
            let argument = match argument.as_str() {
                "ra_deg" => "raDeg",
                "dec_deg" => "decDeg",
                "radius_deg" => "radiusDeg",
                other => other,
            };
            format!("{argument}: {message}")
        }
        other => other.to_string(),
    })
}
