//! In what two schemas differ, in words that an operator understands.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Unmanaged,
    describe::Describe,
    model::{Check, Column, Enumeration, ForeignKey, Index, Key, Table, Trigger, View},
};

/// All that comparing two schemas found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// What has to change for the actual schema to be the desired one.
    pub differences: Vec<Difference>,
    /// What differs and changes nothing.
    pub notes: Vec<Note>,
    /// What the actual database holds that is neither compared nor touched.
    pub unmanaged: Vec<Unmanaged>,
}

impl Comparison {
    /// Whether nothing has to change.
    pub fn is_empty(&self) -> bool {
        self.differences.is_empty()
    }
}

/// A thing of a table as it is and as it should be; a side that lacks it has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides<T> {
    /// The table, by the name that it should have.
    pub table: String,
    /// As it is.
    pub actual: Option<T>,
    /// As it should be.
    pub desired: Option<T>,
}

/// One thing that has to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Difference {
    /// A table has its declared old name still.
    TableName {
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// A column has its declared old name still.
    ColumnName {
        /// The table, by its new name.
        table: String,
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// A table is missing, or should not be there.
    Table(Sides<Table>),
    /// STRICT or WITHOUT ROWID.
    Option(Sides<String>),
    /// The comment of a table.
    Comment(Sides<String>),
    /// A column is missing, should not be there, or is another.
    Column(Sides<Column>, Vec<Aspect>),
    /// The primary key.
    PrimaryKey(Sides<Key>),
    /// A UNIQUE constraint.
    Unique(Sides<Key>),
    /// A CHECK constraint.
    Check(Sides<Check>),
    /// A foreign key.
    ForeignKey(Sides<ForeignKey>),
    /// An index.
    Index(Sides<Index>),
    /// An enumeration type; the table is its name.
    Enumeration(Sides<Enumeration>),
    /// A view; the table is its name.
    View(Sides<View>),
    /// A trigger.
    Trigger(Sides<Trigger>),
}

/// In what a column differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aspect {
    /// Its type.
    Type,
    /// Whether it may be NULL.
    Nullability,
    /// Its default.
    Default,
    /// How it is computed.
    Generated,
    /// Its collation.
    Collation,
    /// Where its numbers come from.
    Counter,
    /// Its comment.
    Comment,
}

/// Something that differs and changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What it is about: a table, or a column as `table.column`.
    pub about: String,
    /// What there is to say.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.about, self.text)
    }
}

impl Difference {
    /// The table it is about, by the name that it should have; none for a type or a view.
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::TableName { to: table, .. }
            | Self::ColumnName { table, .. }
            | Self::Table(Sides { table, .. })
            | Self::Option(Sides { table, .. })
            | Self::Comment(Sides { table, .. })
            | Self::Column(Sides { table, .. }, _)
            | Self::PrimaryKey(Sides { table, .. })
            | Self::Unique(Sides { table, .. })
            | Self::Check(Sides { table, .. })
            | Self::ForeignKey(Sides { table, .. })
            | Self::Index(Sides { table, .. })
            | Self::Trigger(Sides { table, .. }) => Some(table),
            Self::Enumeration(_) | Self::View(_) => None,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TableName { from, to } => write!(f, "{from}: should be named {to}"),
            Self::ColumnName { table, from, to } => {
                write!(f, "{table}.{from}: should be named {to}")
            }
            Self::Column(Sides { table, actual: Some(is), desired: Some(should) }, aspects) => {
                write!(f, "{table}.{}: ", should.name)?;
                for (at, aspect) in aspects.iter().enumerate() {
                    let separator = if at == 0 { "" } else { "; " };
                    let (is, should) = (aspect.of(is), aspect.of(should));
                    write!(f, "{separator}{aspect} is {is}, should be {should}")?;
                }
                Ok(())
            }
            Self::Column(sides, _) => tell(f, sides, "column"),
            Self::Table(Sides { table, desired: Some(_), .. }) => write!(f, "{table}: is missing"),
            Self::Table(Sides { table, .. }) => write!(f, "{table}: should not be there"),
            Self::Option(sides) => tell(f, sides, "option"),
            Self::Comment(sides) => tell(f, sides, "comment"),
            Self::PrimaryKey(sides) => tell(f, sides, "primary key"),
            Self::Unique(sides) => tell(f, sides, "UNIQUE"),
            Self::Check(sides) => tell(f, sides, "CHECK"),
            Self::ForeignKey(sides) => tell(f, sides, "foreign key"),
            Self::Index(sides) => tell(f, sides, "index"),
            Self::Enumeration(sides) => tell(f, sides, "enumeration type"),
            Self::View(sides) => tell(f, sides, "view"),
            Self::Trigger(sides) => tell(f, sides, "trigger"),
        }
    }
}

/// Both sides in one line, or the one that there is.
fn tell<T: Describe>(f: &mut fmt::Formatter<'_>, sides: &Sides<T>, what: &str) -> fmt::Result {
    let table = &sides.table;
    match (&sides.actual, &sides.desired) {
        (Some(is), Some(should)) => {
            write!(f, "{table}: {what} is {}, should be {}", is.describe(), should.describe())
        }
        (None, Some(should)) => write!(f, "{table}: {what} {} is missing", should.describe()),
        (Some(is), None) => write!(f, "{table}: {what} {} should not be there", is.describe()),
        (None, None) => Ok(()),
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Type => "type",
            Self::Nullability => "nullability",
            Self::Default => "default",
            Self::Generated => "generation",
            Self::Collation => "collation",
            Self::Counter => "numbering",
            Self::Comment => "comment",
        })
    }
}
