//! `where`: typed conditions on every column of every table.

use std::borrow::Cow;

use almanac_entity::{Kind, Table, UnixTime, position};
use almanac_service::{Comparison, Filter, Pattern};
use async_graphql::{
    InputType, InputValueError, InputValueResult, Value as GraphValue,
    registry::{MetaInputValue, MetaTypeId, Registry},
};
use chrono::{DateTime, Utc};
use heck::ToShoutySnakeCase;
use sea_orm::{
    Value,
    prelude::{Decimal, Uuid},
};

use super::{
    cone::{read_position, register_position},
    field::{Field, Shown, fields},
    meta::{input_field, input_object, register, register_vocabulary},
};

/// The `where` of a table: every column with the operators of its type, and `and`, `or`, `not`.
#[derive(Clone, Debug)]
pub struct Where<E: Table>(pub(crate) Filter<E>);

type Refusal = String;

/// The operators of a filter on a type, with what they mean.
fn operators(field_type: &str, ordered: bool, text: bool) -> Vec<MetaInputValue> {
    let list = || format!("[{field_type}!]");
    let mut operators = vec![
        input_field("eq", field_type, "Equal to this."),
        input_field("ne", field_type, "Not equal to this; nulls are neither."),
        input_field("in", list(), "One of these."),
        input_field("isNull", "Boolean", "Null, or not null."),
    ];
    if ordered {
        for (name, meaning) in [
            ("lt", "Less than this."),
            ("lte", "At most this."),
            ("gt", "Greater than this."),
            ("gte", "At least this."),
        ] {
            operators.push(input_field(name, field_type, meaning));
        }
    }
    if text {
        operators.push(input_field("contains", "String", "Contains this, ignoring case."));
        operators.push(input_field("startsWith", "String", "Starts with this, ignoring case."));
    }
    operators
}

/// Whether `where` can look at the field at all.
fn is_filterable<E: Table>(field: &Field<E>) -> bool {
    !matches!(field.kind, Kind::Json | Kind::JsonText)
}

fn filter_type<E: Table>(field: &Field<E>) -> String {
    format!("{}Filter", field.type_name())
}

fn register_filter<E: Table>(registry: &mut Registry, field: &Field<E>) {
    let of = field.type_name();
    register_vocabulary(registry, of);
    let ordered = matches!(of, "String" | "Int" | "BigInt" | "Float" | "DateTime");
    register(registry, &filter_type(field), |_| {
        let description = format!("A condition on a {of}; several operators must all hold.");
        input_object(&filter_type(field), &description, operators(of, ordered, of == "String"))
    });
}

impl<E: Table> InputType for Where<E> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Where", E::NAME))
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_input_type::<Self, _>(MetaTypeId::InputObject, |registry| {
            let name = Self::type_name();
            let mut inputs = Vec::new();
            for field in fields::<E>().iter().filter(|field| is_filterable(field)) {
                register_filter(registry, field);
                inputs.push(input_field(&field.name, filter_type(field), field.description));
            }
            if position::<E>().is_some() {
                register_position(registry);
                let meaning = "Where the row lies on the sky.";
                inputs.push(input_field("position", "PositionFilter", meaning));
            }
            inputs.push(input_field("and", format!("[{name}!]"), "All of these hold."));
            inputs.push(input_field("or", format!("[{name}!]"), "One of these holds."));
            inputs.push(input_field("not", name.to_string(), "This does not hold."));
            let description = format!("Conditions on {}; all of them must hold.", E::NAME);
            input_object(&name, &description, inputs)
        })
    }

    fn parse(value: Option<GraphValue>) -> InputValueResult<Self> {
        let value = value.unwrap_or_default();
        read::<E>(&value).map(Self).map_err(InputValueError::custom)
    }

    fn to_value(&self) -> GraphValue {
        GraphValue::Null
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

fn read<E: Table>(value: &GraphValue) -> Result<Filter<E>, Refusal> {
    let GraphValue::Object(conditions) = value else {
        return Err(format!("{}Where is an object", E::NAME));
    };
    let mut all = Vec::with_capacity(conditions.len());
    for (name, condition) in conditions {
        if *condition == GraphValue::Null {
            continue;
        }
        all.push(match name.as_str() {
            "and" => Filter::All(read_list::<E>(condition)?),
            "or" => Filter::Any(read_list::<E>(condition)?),
            "not" => Filter::Not(Box::new(read::<E>(condition)?)),
            "position" if position::<E>().is_some() => {
                read_position(condition).map_err(|message| format!("position: {message}"))?
            }
            name => {
                let field = fields::<E>().iter().find(|field| field.name == name);
                let field = field.ok_or_else(|| format!("there is no column {name}"))?;
                read_column(field, condition).map_err(|message| format!("{name}: {message}"))?
            }
        });
    }
    Ok(Filter::All(all))
}

fn read_list<E: Table>(value: &GraphValue) -> Result<Vec<Filter<E>>, Refusal> {
    match value {
        GraphValue::List(conditions) => conditions.iter().map(read::<E>).collect(),
        one => Ok(vec![read::<E>(one)?]),
    }
}

fn read_column<E: Table>(field: &Field<E>, value: &GraphValue) -> Result<Filter<E>, Refusal> {
    let GraphValue::Object(operators) = value else {
        return Err("give an operator, such as {eq: …}".to_owned());
    };
    let column = field.column;
    let mut all = Vec::with_capacity(operators.len());
    for (operator, operand) in operators {
        let comparison = match operator.as_str() {
            "eq" => Some(Comparison::Eq),
            "ne" => Some(Comparison::Ne),
            "lt" => Some(Comparison::Lt),
            "lte" => Some(Comparison::Lte),
            "gt" => Some(Comparison::Gt),
            "gte" => Some(Comparison::Gte),
            _ => None,
        };
        all.push(match (operator.as_str(), comparison, operand) {
            (_, Some(_), GraphValue::Null) => {
                return Err(format!("{operator}: null compares with nothing; use isNull"));
            }
            (_, Some(comparison), operand) => {
                Filter::Compare(column, comparison, operand_value(field, operand)?)
            }
            ("in", _, GraphValue::List(operands)) => {
                let values = operands.iter().map(|operand| operand_value(field, operand));
                Filter::In(column, values.collect::<Result<_, _>>()?)
            }
            ("in", _, one) => Filter::In(column, vec![operand_value(field, one)?]),
            ("isNull", _, GraphValue::Boolean(null)) => Filter::Null(column, *null),
            ("contains", _, GraphValue::String(text)) => {
                Filter::Like(column, Pattern::Contains, text.clone())
            }
            ("startsWith", _, GraphValue::String(text)) => {
                Filter::Like(column, Pattern::StartsWith, text.clone())
            }
            (operator, ..) => return Err(format!("{operator} does not take {operand}")),
        });
    }
    Ok(Filter::All(all))
}

/// An operand as the value that a statement binds.
pub(crate) fn operand_value<E: Table>(
    field: &Field<E>,
    operand: &GraphValue,
) -> Result<Value, Refusal> {
    let expected = || format!("{operand} is no {}", field.type_name());
    let text = || match operand {
        GraphValue::String(text) => Some(text.as_str()),
        _ => None,
    };
    let number = || match operand {
        GraphValue::Number(number) => Some(number),
        _ => None,
    };
    let value: Option<Value> = match field.kind {
        Kind::Word(vocabulary) if field.shown == Shown::Value => {
            let name = match operand {
                GraphValue::Enum(name) => name.as_str(),
                GraphValue::String(name) => name,
                _ => return Err(expected()),
            };
            if name == "OTHER" {
                return Err(format!("compare {}Text with the word meant by OTHER", field.name));
            }
            let mut terms = vocabulary.terms.iter();
            terms
                .find(|term| term.variant.to_shouty_snake_case() == name)
                .map(|term| term.label.into())
        }
        Kind::Text | Kind::Word(_) => text().map(Value::from),
        Kind::Int => number()
            .and_then(serde_json::Number::as_i64)
            .and_then(|number| i32::try_from(number).ok())
            .map(Value::from),
        Kind::BigInt => text()
            .and_then(|text| text.parse::<i64>().ok())
            .or_else(|| number().and_then(serde_json::Number::as_i64))
            .map(Value::from),
        Kind::Float => number().and_then(serde_json::Number::as_f64).map(Value::from),
        // A float would turn an index scan over decimals into a scan of the table.
        Kind::Decimal => {
            number().and_then(|number| number.to_string().parse::<Decimal>().ok()).map(Value::from)
        }
        Kind::Boolean => match operand {
            GraphValue::Boolean(flag) => Some((*flag).into()),
            _ => None,
        },
        Kind::UnixTime => text()
            .and_then(|text| text.parse::<DateTime<Utc>>().ok())
            .map(|time| UnixTime::from(time).into()),
        Kind::DateTime => {
            text().and_then(|text| text.parse::<DateTime<Utc>>().ok()).map(Value::from)
        }
        Kind::Uuid => text().and_then(|text| text.parse::<Uuid>().ok()).map(Value::from),
        Kind::Json | Kind::JsonText => None,
    };
    value.ok_or_else(expected)
}
