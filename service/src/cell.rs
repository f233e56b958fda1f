//! The cells of a row, whatever a program stored in them.

use almanac_entity::{Kind, UnixTime};
use sea_orm::{DbErr, QueryResult, Value};

/// The cell at `index`, as the value that a statement would bind for it.
///
/// SQLite keeps what a program stores, also where the column is of another type: instants as text, fractions among
/// whole numbers. Such a cell is read for what it means, and is null where it means nothing of its kind.
pub(crate) fn cell(result: &QueryResult, index: usize, kind: Kind) -> Result<Value, DbErr> {
    typed(result, index, kind).or_else(|error| {
        Stored::read(result, index).and_then(|stored| stored.meant(kind)).ok_or(error)
    })
}

fn typed(result: &QueryResult, index: usize, kind: Kind) -> Result<Value, DbErr> {
    Ok(match kind {
        Kind::Text | Kind::Word(_) | Kind::JsonText => {
            result.try_get_by_index::<Option<String>>(index)?.into()
        }
        Kind::Int => result.try_get_by_index::<Option<i32>>(index)?.into(),
        Kind::BigInt => result.try_get_by_index::<Option<i64>>(index)?.into(),
        Kind::Float | Kind::UnixTime => result.try_get_by_index::<Option<f64>>(index)?.into(),
        Kind::Decimal => {
            result.try_get_by_index::<Option<sea_orm::prelude::Decimal>>(index)?.into()
        }
        Kind::Boolean => result.try_get_by_index::<Option<bool>>(index)?.into(),
        Kind::DateTime => {
            result.try_get_by_index::<Option<sea_orm::prelude::DateTimeUtc>>(index)?.into()
        }
        Kind::Json => result.try_get_by_index::<Option<sea_orm::prelude::Json>>(index)?.into(),
        Kind::Uuid => result.try_get_by_index::<Option<sea_orm::prelude::Uuid>>(index)?.into(),
    })
}

/// What a cell of SQLite holds, by its own type.
#[derive(Debug)]
enum Stored {
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

impl Stored {
    fn read(result: &QueryResult, index: usize) -> Option<Self> {
        result.try_as_sqlite_row()?;
        let integer = || result.try_get_by_index(index).map(Self::Integer);
        let real = |_| result.try_get_by_index(index).map(Self::Real);
        let text = |_| result.try_get_by_index(index).map(Self::Text);
        let blob = |_| result.try_get_by_index(index).map(Self::Blob);
        integer().or_else(real).or_else(text).or_else(blob).ok()
    }

    /// What it means as a value of `kind`; none for a kind that no old file has.
    fn meant(&self, kind: Kind) -> Option<Value> {
        Some(match kind {
            Kind::Text | Kind::Word(_) | Kind::JsonText => Value::from(self.text()),
            Kind::Int => self.integer().and_then(|number| i32::try_from(number).ok()).into(),
            Kind::BigInt => self.integer().into(),
            Kind::Float => self.number().into(),
            Kind::UnixTime => self.instant().into(),
            Kind::Boolean => self.number().map(|number| number != 0.0).into(),
            Kind::Decimal | Kind::DateTime | Kind::Json | Kind::Uuid => return None,
        })
    }

    fn text(&self) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a column of real numbers holds no more")]
    fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            Self::Blob(_) => None,
        }
    }

    /// The whole number nearest to it.
    #[expect(clippy::cast_possible_truncation, reason = "what is out of range is left out")]
    fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => self
                .number()
                .map(f64::round)
                .filter(|number| number.abs() < 9e18)
                .map(|number| number as i64),
        }
    }

    fn instant(&self) -> Option<f64> {
        match self {
            Self::Text(text) => UnixTime::parse(text).map(f64::from).or_else(|| self.number()),
            _ => self.number(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_program_stored_is_read_for_what_it_means() {
        let text = |text: &str| Stored::Text(text.to_owned());
        assert_eq!(Stored::Real(4096.5).meant(Kind::Int), Some(4097.into()));
        assert_eq!(text("12.5").meant(Kind::Float), Some(12.5.into()));
        assert_eq!(text("2025-10-02 06:00:00").meant(Kind::UnixTime), Some(1_759_384_800.0.into()));
        assert_eq!(Stored::Blob(b"a\xFF".to_vec()).meant(Kind::Text), Some("a\u{FFFD}".into()));
        assert_eq!(Stored::Real(0.5).meant(Kind::Boolean), Some(true.into()));
    }

    #[test]
    fn what_means_nothing_is_null() {
        let text = Stored::Text("l'été".to_owned());
        for kind in [Kind::Int, Kind::BigInt, Kind::Float, Kind::UnixTime, Kind::Boolean] {
            assert_eq!(text.meant(kind), Some(kind.null()));
        }
        assert_eq!(Stored::Integer(i64::MAX).meant(Kind::Int), Some(Kind::Int.null()));
        assert_eq!(Stored::Real(f64::MAX).meant(Kind::BigInt), Some(Kind::BigInt.null()));
    }
}
