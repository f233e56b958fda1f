//! Columns as a revision states them: one line each, both engines.

use sea_orm_migration::{
    prelude::{ColumnDef, ColumnType, Expr, StringLen, Value},
    sea_orm::DbBackend,
};

/// What a column holds, and how each engine declares it.
#[derive(Clone, Debug)]
enum Type {
    Key,
    Text,
    Varchar(u32),
    Int,
    BigInt,
    Real,
    Flag,
    Boolean,
    Json,
    Uuid,
    Timestamp,
    Decimal(u32, u32),
    Enum(&'static str, &'static [&'static str]),
}

/// A column of a revision. Nullable unless [`not_null`](Self::not_null) says otherwise.
#[derive(Clone, Debug)]
pub struct Column {
    pub(crate) name: &'static str,
    ty: Type,
    not_null: bool,
    primary_key: bool,
    unique: bool,
    default: Option<Value>,
    check: Option<&'static str>,
}

impl Column {
    fn new(name: &'static str, ty: Type) -> Self {
        Self {
            name,
            ty,
            not_null: false,
            primary_key: false,
            unique: false,
            default: None,
            check: None,
        }
    }

    /// The column may not be null.
    #[must_use]
    pub fn not_null(mut self) -> Self {
        self.not_null = true;
        self
    }

    /// The column is the primary key; text is declared not null too, which SQLite does not take from the
    /// key.
    #[must_use]
    pub fn primary_key(mut self) -> Self {
        self.primary_key = true;
        self.not_null = !matches!(self.ty, Type::Real);
        self
    }

    /// No two rows have the same value.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// What a row gets that does not say. Flags take `false` or `true` and are 0 or 1 on SQLite.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// A condition that belongs to the column, so that SQLite can drop it with the column.
    #[must_use]
    pub fn check(mut self, condition: &'static str) -> Self {
        self.check = Some(condition);
        self
    }

    /// The labels of an enumeration column, and the name of its type.
    pub(crate) fn enumeration(&self) -> Option<(&'static str, &'static [&'static str])> {
        match self.ty {
            Type::Enum(name, labels) => Some((name, labels)),
            _ => None,
        }
    }

    /// The default as it stands in SQL, where the column has one of a fixed value.
    pub(crate) fn default_sql(&self) -> Option<String> {
        match self.default.as_ref()? {
            Value::Bool(Some(set)) => Some(match self.ty {
                Type::Flag | Type::Boolean => set.to_string(),
                _ => i32::from(*set).to_string(),
            }),
            Value::Int(Some(number)) => Some(number.to_string()),
            Value::Double(Some(number)) => Some(number.to_string()),
            Value::String(Some(text)) => Some(format!("'{}'", text.replace('\'', "''"))),
            _ => None,
        }
    }

    pub(crate) fn is_unique(&self) -> bool {
        self.unique
    }

    pub(crate) fn is_primary_key(&self) -> bool {
        self.primary_key
    }

    /// The column as `backend` declares it, the primary key aside.
    pub(crate) fn definition(&self, backend: DbBackend) -> ColumnDef {
        let mut def = ColumnDef::new_with_type(self.name, self.ty.declared(backend));
        if matches!(self.ty, Type::Key) {
            def.primary_key().auto_increment();
        }
        if self.not_null {
            def.not_null();
        }
        match (&self.ty, &self.default) {
            (_, None) => {}
            (Type::Flag, Some(Value::Bool(Some(set)))) if backend == DbBackend::Sqlite => {
                def.default(i32::from(*set));
            }
            (Type::Timestamp, Some(_)) => {
                def.default(Expr::cust(match backend {
                    DbBackend::Sqlite => "(strftime('%Y-%m-%dT%H:%M:%f', 'now') || '+00:00')",
                    _ => "CURRENT_TIMESTAMP",
                }));
            }
            (Type::Enum(name, _), Some(Value::String(Some(label))))
                if backend == DbBackend::Postgres =>
            {
                def.default(Expr::cust(format!("'{label}'::{name}")));
            }
            (_, Some(value)) => {
                def.default(value.clone());
            }
        }
        if let Some(condition) = self.check {
            def.check(Expr::cust(condition));
        }
        def
    }
}

impl Type {
    /// SQLite names follow the schema document where it defines them, and the AstrID specification's
    /// type mapping elsewhere.
    fn declared(&self, backend: DbBackend) -> ColumnType {
        let sqlite = backend == DbBackend::Sqlite;
        match *self {
            Self::Key | Self::BigInt if !sqlite => ColumnType::BigInteger,
            Self::Key => ColumnType::Integer,
            Self::Int if !sqlite => ColumnType::Integer,
            Self::Int | Self::BigInt => ColumnType::custom("INTEGER"),
            Self::Flag if sqlite => ColumnType::custom("INTEGER"),
            Self::Flag | Self::Boolean => ColumnType::Boolean,
            Self::Text if sqlite => ColumnType::custom("TEXT"),
            // SQLite compares bytes; text must sort the same on both, by the indexes of both.
            Self::Text => ColumnType::custom("text COLLATE \"C\""),
            Self::Real if sqlite => ColumnType::custom("REAL"),
            Self::Real => ColumnType::Double,
            Self::Varchar(length) if sqlite => ColumnType::String(StringLen::N(length)),
            Self::Varchar(length) => ColumnType::custom(format!("varchar({length}) COLLATE \"C\"")),
            Self::Json => ColumnType::JsonBinary,
            Self::Uuid => ColumnType::Uuid,
            Self::Timestamp => ColumnType::TimestampWithTimeZone,
            Self::Decimal(precision, scale) => ColumnType::Decimal(Some((precision, scale))),
            Self::Enum(name, labels) => ColumnType::Enum {
                name: name.into(),
                variants: labels.iter().map(|&label| label.into()).collect(),
            },
        }
    }
}

/// `INTEGER PRIMARY KEY AUTOINCREMENT`; an identity of 64 bits on PostgreSQL. Ids are never reused.
pub fn pk(name: &'static str) -> Column {
    Column::new(name, Type::Key)
}

/// Text of any length.
pub fn text(name: &'static str) -> Column {
    Column::new(name, Type::Text)
}

/// Text of at most `length` characters; SQLite does not enforce it.
pub fn varchar(name: &'static str, length: u32) -> Column {
    Column::new(name, Type::Varchar(length))
}

/// A small whole number: 32 bits on PostgreSQL.
pub fn int(name: &'static str) -> Column {
    Column::new(name, Type::Int)
}

/// A whole number of 64 bits.
pub fn bigint(name: &'static str) -> Column {
    Column::new(name, Type::BigInt)
}

/// A 64-bit floating-point number.
pub fn real(name: &'static str) -> Column {
    Column::new(name, Type::Real)
}

/// Yes or no in the telescope pipeline's files: 0 or 1 in an `INTEGER` column of SQLite.
pub fn flag(name: &'static str) -> Column {
    Column::new(name, Type::Flag)
}

/// Yes or no.
pub fn boolean(name: &'static str) -> Column {
    Column::new(name, Type::Boolean)
}

/// A JSON document: `jsonb` on PostgreSQL, text on SQLite.
pub fn json(name: &'static str) -> Column {
    Column::new(name, Type::Json)
}

/// A UUID: 16 bytes on SQLite.
pub fn uuid(name: &'static str) -> Column {
    Column::new(name, Type::Uuid)
}

/// An instant in UTC; a default of any value stands for "now".
pub fn timestamp(name: &'static str) -> Column {
    Column::new(name, Type::Timestamp)
}

/// A decimal of `precision` digits, `scale` of them behind the point.
pub fn decimal(name: &'static str, precision: u32, scale: u32) -> Column {
    Column::new(name, Type::Decimal(precision, scale))
}

/// One of `labels`: an enumeration type on PostgreSQL, checked text on SQLite.
pub fn enumeration(
    name: &'static str,
    type_name: &'static str,
    labels: &'static [&'static str],
) -> Column {
    Column::new(name, Type::Enum(type_name, labels))
}
