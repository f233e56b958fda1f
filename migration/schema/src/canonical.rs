//! The form of a schema in which two of the same meaning are equal, and its fingerprint.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::{
    Text,
    model::{
        Check, Column, Counter, Engine, Enumeration, ForeignKey, Generated, Index, Key, Over, Part,
        Schema, Table, Trigger, View,
    },
};

/// Something that can be spelled in more ways than one.
pub(crate) trait Canonical: Clone {
    /// Its one spelling: names folded, names that change nothing left out, lists without an order
    /// sorted.
    #[must_use]
    fn canonical(&self, engine: Engine) -> Self;
}

impl Schema {
    /// Names what the schema means: equal for two that differ in nothing but spelling, the order of columns,
    /// and the names of constraints. 64 hexadecimal digits, the same on every machine.
    pub fn fingerprint(&self) -> String {
        let canonical = self.canonical(self.engine);
        // The model holds nothing that JSON cannot say, and its fields are in a fixed order.
        let json = serde_json::to_vec(&canonical).unwrap_or_default();
        Sha256::digest(&json).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

impl Canonical for Schema {
    fn canonical(&self, engine: Engine) -> Self {
        let mut unmanaged = self.unmanaged.clone();
        unmanaged.sort();
        Self {
            engine,
            tables: sorted(&self.tables, engine, |table| table.name.clone()),
            enums: sorted(&self.enums, engine, |one| one.name.clone()),
            views: sorted(&self.views, engine, |view| view.name.clone()),
            triggers: sorted(&self.triggers, engine, |one| format!("{}.{}", one.table, one.name)),
            unmanaged,
        }
    }
}

impl Canonical for Table {
    fn canonical(&self, engine: Engine) -> Self {
        let (mut uniques, mut indexes) = (self.uniques.clone(), self.indexes.clone());
        if engine == Engine::Sqlite {
            uniques.extend(indexes.iter().filter_map(Index::plain_unique).map(Key::new));
            indexes.retain(|index| index.plain_unique().is_none());
        }
        Self {
            name: engine.fold(&self.name),
            columns: sorted(&self.columns, engine, |column| column.name.clone()),
            primary_key: self.primary_key.as_ref().map(|key| key.canonical(engine)),
            uniques: sorted(&uniques, engine, |key| key.columns.join(",")),
            checks: sorted(&self.checks, engine, |check| check.expression.canonical.clone()),
            foreign_keys: sorted(&self.foreign_keys, engine, |key| {
                format!("{}>{}", key.columns.join(","), key.table)
            }),
            indexes: sorted(&indexes, engine, |index| index.name.clone()),
            strict: self.strict,
            without_rowid: self.without_rowid,
            comment: self.comment.clone(),
        }
    }
}

fn sorted<T: Canonical, K: Ord>(items: &[T], engine: Engine, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut items: Vec<T> = items.iter().map(|item| item.canonical(engine)).collect();
    items.sort_by_key(key);
    items
}

impl Canonical for Text {
    fn canonical(&self, _: Engine) -> Self {
        Self::new(self.canonical.clone(), self.canonical.clone())
    }
}

impl Canonical for Column {
    fn canonical(&self, engine: Engine) -> Self {
        Self {
            name: engine.fold(&self.name),
            ty: self.ty.canonical(engine),
            nullable: self.nullable,
            default: self.default.as_ref().map(|text| text.canonical(engine)),
            generated: self.generated.as_ref().map(|generated| Generated {
                expression: generated.expression.canonical(engine),
                stored: generated.stored,
            }),
            collation: self.collation.as_ref().map(|name| engine.fold(name)),
            // Both fill in a number where none is given, and take one that is.
            counter: match self.counter {
                Some(Counter::Serial) => Some(Counter::Identity),
                counter => counter,
            },
            comment: self.comment.clone(),
        }
    }
}

impl Canonical for Key {
    fn canonical(&self, engine: Engine) -> Self {
        Self {
            name: None,
            columns: fold(&self.columns, engine),
            include: fold(&self.include, engine),
            ..self.clone()
        }
    }
}

impl Canonical for Check {
    fn canonical(&self, engine: Engine) -> Self {
        Self { name: None, expression: self.expression.canonical(engine), ..self.clone() }
    }
}

impl Canonical for ForeignKey {
    fn canonical(&self, engine: Engine) -> Self {
        Self {
            name: None,
            columns: fold(&self.columns, engine),
            table: engine.fold(&self.table),
            target: fold(&self.target, engine),
            ..self.clone()
        }
    }
}

impl Canonical for Index {
    fn canonical(&self, engine: Engine) -> Self {
        Self {
            name: engine.fold(&self.name),
            parts: self.parts.iter().map(|part| part.canonical(engine)).collect(),
            predicate: self.predicate.as_ref().map(|text| text.canonical(engine)),
            include: fold(&self.include, engine),
            ..self.clone()
        }
    }
}

impl Canonical for Part {
    fn canonical(&self, engine: Engine) -> Self {
        Self {
            over: match &self.over {
                Over::Column(name) => Over::Column(engine.fold(name)),
                Over::Expression(text) => Over::Expression(text.canonical(engine)),
            },
            collation: self.collation.as_ref().map(|name| engine.fold(name)),
            ..self.clone()
        }
    }
}

impl Canonical for Enumeration {
    fn canonical(&self, _: Engine) -> Self {
        self.clone()
    }
}

impl Canonical for View {
    fn canonical(&self, engine: Engine) -> Self {
        Self { name: engine.fold(&self.name), definition: self.definition.canonical(engine) }
    }
}

impl Canonical for Trigger {
    fn canonical(&self, engine: Engine) -> Self {
        Self {
            name: engine.fold(&self.name),
            table: engine.fold(&self.table),
            definition: self.definition.canonical(engine),
        }
    }
}

fn fold(names: &[String], engine: Engine) -> Vec<String> {
    names.iter().map(|name| engine.fold(name)).collect()
}
