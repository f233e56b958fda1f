//! The parts of a schema in words, near to how SQL has them.

use crate::{
    difference::Aspect,
    model::{
        Action, Check, Column, Counter, Deferrable, Enumeration, ForeignKey, Index, Key, Over,
        Part, Table, Trigger, View,
    },
};

/// Something that a difference speaks of.
pub(crate) trait Describe {
    /// It, in a few words.
    fn describe(&self) -> String;
}

impl Describe for String {
    fn describe(&self) -> String {
        self.clone()
    }
}

impl Describe for Table {
    fn describe(&self) -> String {
        self.name.clone()
    }
}

impl Describe for Column {
    fn describe(&self) -> String {
        format!("{} {}", self.name, self.ty.sql).trim_end().to_owned()
    }
}

impl Describe for Key {
    fn describe(&self) -> String {
        let mut text = format!("({})", self.columns.join(", "));
        if !self.include.is_empty() {
            text += &format!(" INCLUDE ({})", self.include.join(", "));
        }
        if self.nulls_not_distinct {
            text += " NULLS NOT DISTINCT";
        }
        text + self.deferrable.clause()
    }
}

impl Describe for Check {
    fn describe(&self) -> String {
        let valid = if self.validated { "" } else { " NOT VALID" };
        match &self.name {
            Some(name) => format!("{name} ({}){valid}", self.expression.sql),
            None => format!("({}){valid}", self.expression.sql),
        }
    }
}

impl Describe for ForeignKey {
    fn describe(&self) -> String {
        let (columns, target) = (self.columns.join(", "), self.target.join(", "));
        let mut text = format!("({columns}) to {} ({target})", self.table);
        for (event, action) in [("DELETE", self.on_delete), ("UPDATE", self.on_update)] {
            if action != Action::NoAction {
                text += &format!(" ON {event} {action}");
            }
        }
        if self.match_full {
            text += " MATCH FULL";
        }
        if self.deferrable != Deferrable::No {
            text += self.deferrable.clause();
        }
        if !self.validated {
            text += " NOT VALID";
        }
        text
    }
}

impl Describe for Index {
    fn describe(&self) -> String {
        let unique = if self.unique { "unique " } else { "" };
        let parts = self.parts.iter().map(Describe::describe).collect::<Vec<_>>().join(", ");
        let mut text = format!("{unique}{} ({parts})", self.name);
        if let Some(method) = &self.method {
            text += &format!(" USING {method}");
        }
        if !self.include.is_empty() {
            text += &format!(" INCLUDE ({})", self.include.join(", "));
        }
        if self.nulls_not_distinct {
            text += " NULLS NOT DISTINCT";
        }
        if !self.options.is_empty() {
            text += &format!(" WITH ({})", self.options.join(", "));
        }
        if let Some(predicate) = &self.predicate {
            text += &format!(" WHERE {}", predicate.sql);
        }
        text
    }
}

impl Describe for Part {
    fn describe(&self) -> String {
        let mut text = match &self.over {
            Over::Column(name) => name.clone(),
            Over::Expression(expression) => format!("({})", expression.sql),
        };
        if let Some(collation) = &self.collation {
            text += &format!(" COLLATE {collation}");
        }
        if let Some(opclass) = &self.opclass {
            text += &format!(" {opclass}");
        }
        if self.descending {
            text += " DESC";
        }
        if self.nulls_first != self.descending {
            text += if self.nulls_first { " NULLS FIRST" } else { " NULLS LAST" };
        }
        text
    }
}

impl Describe for Enumeration {
    fn describe(&self) -> String {
        format!("('{}')", self.labels.join("', '"))
    }
}

impl Describe for View {
    fn describe(&self) -> String {
        self.definition.sql.clone()
    }
}

impl Describe for Trigger {
    fn describe(&self) -> String {
        self.definition.sql.clone()
    }
}

impl Aspect {
    /// What a column is in this.
    pub(crate) fn of(self, column: &Column) -> String {
        let none = || "none".to_owned();
        match self {
            Self::Type if column.ty.sql.is_empty() => none(),
            Self::Type => column.ty.sql.clone(),
            Self::Nullability => if column.nullable { "NULL" } else { "NOT NULL" }.to_owned(),
            Self::Default => column.default.as_ref().map_or_else(none, |text| text.sql.clone()),
            Self::Generated => column.generated.as_ref().map_or_else(none, |generated| {
                let kept = if generated.stored { "STORED" } else { "VIRTUAL" };
                format!("({}) {kept}", generated.expression.sql)
            }),
            Self::Collation => column.collation.clone().unwrap_or_else(none),
            Self::Counter => match column.counter {
                None => "none",
                Some(Counter::Rowid) => "the rowid",
                Some(Counter::Autoincrement) => "AUTOINCREMENT",
                Some(Counter::Serial) => "an owned sequence",
                Some(Counter::Identity) => "GENERATED BY DEFAULT AS IDENTITY",
                Some(Counter::IdentityAlways) => "GENERATED ALWAYS AS IDENTITY",
            }
            .to_owned(),
            Self::Comment => column.comment.clone().unwrap_or_else(none),
        }
    }
}
