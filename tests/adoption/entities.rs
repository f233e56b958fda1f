//! An adopted file through our own entities.

use std::{collections::BTreeMap, pin::Pin};

use almanac_entity::{Table, Visitor, visit};
use almanac_service::{PageRequest, Repository, Sessions};
use sea_orm::Iterable;

use crate::file::File;

type Reading<'s> = Pin<Box<dyn Future<Output = (String, i64)> + 's>>;

struct Reader<'s> {
    sessions: &'s Sessions,
    readings: Vec<Reading<'s>>,
}

impl Visitor for Reader<'_> {
    fn visit<T: Table>(&mut self) {
        self.readings.push(Box::pin(rows::<T>(self.sessions)));
    }
}

/// Fails unless every table and view of the database can be listed with all its rows and columns.
pub(crate) async fn assert_read(file: &File) {
    let sessions = file.sessions();
    let mut reader = Reader { sessions: &sessions, readings: Vec::new() };
    visit(file.database, &mut reader);
    let mut read = BTreeMap::new();
    for reading in reader.readings {
        let (table, rows) = reading.await;
        read.insert(table, rows);
    }
    sessions.reset().await;
    for (table, rows) in read {
        assert_eq!(file.value::<i64>(&format!("SELECT COUNT(*) FROM {table}")), rows, "{table}");
    }
}

/// A table's name and how many rows of it are listed.
async fn rows<T: Table>(sessions: &Sessions) -> (String, i64) {
    let table = T::default().table_name().to_owned();
    let reader = sessions.reader(T::DATABASE).await.unwrap();
    let request = PageRequest { limit: 1_000, ..PageRequest::default() };
    let columns: Vec<T::Column> = T::Column::iter().collect();
    let page = Repository::<_, T>::new(&reader).list_rows(&request, &columns).await;
    let page = page.unwrap_or_else(|error| panic!("{table}: {error:?}"));
    (table, i64::try_from(page.rows.len()).unwrap())
}
