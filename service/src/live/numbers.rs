//! Additions to a table whose rows have numbers.
//!
//! On SQLite one program writes at a time, and a number is never given twice: what is above the largest
//! number seen is new, and nothing else is. On PostgreSQL a transaction may end after one that took a
//! larger number. So the numbers missing below the largest are remembered as gaps, until no transaction
//! can fill them any more.

use std::{marker::PhantomData, time::Duration};

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::time::Instant;

use super::{
    Followed,
    position::Mark,
    ranges::Ranges,
    source::{all_columns, key_column, number},
};
use crate::{Comparison, Error, Filter, Order, PageRequest, Repository, Result, Row, Sessions};

/// How long a gap stays open at least: a number is taken a moment before its transaction is known.
const GRACE: Duration = Duration::from_mins(1);
/// How far below the largest number gaps are looked for at the start.
const RECENT: i64 = 1_000;
/// More gaps are forgotten, oldest first; somebody numbers rows as they like.
const MOST_GAPS: usize = 1_000;
/// Numbers read at once.
const CHUNK: u64 = 10_000;

/// Finds the largest number and the gaps.
pub(crate) struct NumberDetector<E> {
    sessions: Sessions,
    gaps: Option<Vec<Gap>>,
    entity: PhantomData<E>,
}

/// Numbers that were missing.
struct Gap {
    range: (i64, i64),
    noticed: Instant,
    /// Transactions from here on began after it was noticed.
    before: i64,
}

impl<E: Followed> NumberDetector<E> {
    pub(crate) fn new(sessions: Sessions, has_gaps: bool) -> Self {
        Self { sessions, gaps: has_gaps.then(Vec::new), entity: PhantomData }
    }

    pub(crate) async fn now(&mut self, before: Option<&Mark>) -> Result<Mark> {
        let reader = self.sessions.reader(E::DATABASE).await?;
        let table = Repository::<_, E>::new(&reader);
        let key = key_column::<E>();
        let last = PageRequest::new(Filter::default(), [Order::desc(key)], 1);
        let last = table.list_rows(&last, &[key]).await?.rows;
        let Some(gaps) = &mut self.gaps else {
            let upto = last.first().map_or(0, |(_, row)| number(row));
            let before = before.and_then(upto_of).unwrap_or(0);
            return Ok(Mark::Numbers { upto: upto.max(before), gaps: Ranges::default() });
        };

        let largest = last.first().map_or(0, |(_, row)| number(row));
        let known = before.and_then(upto_of).unwrap_or(largest.saturating_sub(RECENT).max(0));
        // What is missing among the new numbers, and what is not missing any more.
        let mut wanted = gaps.iter().map(|gap| gap.range).collect::<Vec<_>>();
        wanted.push((known + 1, largest.max(known)));
        let wanted = Ranges::from_pairs(wanted);
        let mut present = Vec::new();
        let mut request = PageRequest::new(within(key, &wanted), [Order::asc(key)], CHUNK);
        while !wanted.is_empty() {
            let page = table.list_rows(&request, &[key]).await?;
            present.extend(page.rows.iter().map(|(_, row)| number(row)));
            match page.rows.last() {
                Some((cursor, _)) if page.has_next => request.after = Some(cursor.clone()),
                _ => break,
            }
        }
        // Only now: whoever held one of these numbers is not after this.
        let (oldest, next) = running(&reader).await?;
        let now = Instant::now();
        let mut open = Vec::new();
        for gap in gaps.drain(..) {
            if gap.before <= oldest && now.duration_since(gap.noticed) >= GRACE {
                continue;
            }
            for range in missing(gap.range, &present) {
                open.push(Gap { range, ..gap });
            }
        }
        for range in missing((known + 1, largest), &present) {
            open.push(Gap { range, noticed: now, before: next });
        }
        let excess = open.len().saturating_sub(MOST_GAPS);
        open.drain(..excess);
        let ranges = Ranges::from_pairs(open.iter().map(|gap| gap.range));
        *gaps = open;
        Ok(Mark::Numbers { upto: largest.max(known), gaps: ranges })
    }
}

fn upto_of(mark: &Mark) -> Option<i64> {
    match mark {
        Mark::Numbers { upto, .. } => Some(*upto),
        _ => None,
    }
}

fn missing((first, last): (i64, i64), present: &[i64]) -> Vec<(i64, i64)> {
    let from = present.partition_point(|number| *number < first);
    let to = present.partition_point(|number| *number <= last);
    Ranges::missing(first, last, present[from..to].iter().copied()).iter().collect()
}

/// The oldest transaction that runs, and the first that has not begun.
async fn running(reader: &impl ConnectionTrait) -> Result<(i64, i64)> {
    let sql = "SELECT pg_snapshot_xmin(now)::text::bigint, pg_snapshot_xmax(now)::text::bigint \
        FROM pg_current_snapshot() AS now";
    let row = reader.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let row = row.ok_or_else(|| Error::not_found("a snapshot"))?;
    Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))
}

/// Rows with numbers in `ranges`.
fn within<E: Followed>(key: E::Column, ranges: &Ranges) -> Filter<E> {
    let range = |(first, last): (i64, i64)| {
        Filter::Compare(key, Comparison::Gte, first.into()).and(Filter::Compare(
            key,
            Comparison::Lte,
            last.into(),
        ))
    };
    Filter::Any(ranges.iter().map(range).collect())
}

/// The rows up to a number, without gaps, that are new against those up to another.
pub(crate) async fn page<E: Followed>(
    sessions: &Sessions,
    (from, from_gaps): (i64, &Ranges),
    (to, to_gaps): (i64, &Ranges),
    limit: usize,
) -> Result<Vec<(Row<E>, Mark)>> {
    let unknown = from_gaps.up_to(to).or(&Ranges::from_pairs([(from.saturating_add(1), to)]));
    let there = Ranges::missing(i64::MIN + 1, to, Vec::new());
    let there = cut(&there, to_gaps);
    let wanted = unknown.and(&there);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let reader = sessions.reader(E::DATABASE).await?;
    let key = key_column::<E>();
    let request = PageRequest::new(within::<E>(key, &wanted), [Order::asc(key)], limit as u64);
    let page = Repository::<_, E>::new(&reader).list_rows(&request, &all_columns::<E>()).await?;
    let marked = page.rows.into_iter().map(|(_, row)| {
        let number = number(&row);
        // What is wanted up to this row is known now, whether there was a row or not.
        let rest = from_gaps.or(&to_gaps.above(from)).up_to(from.max(number));
        let gaps = cut(&rest, &wanted.up_to(number));
        (row, Mark::Numbers { upto: from.max(number), gaps })
    });
    Ok(marked.collect())
}

/// What is in `ranges` and not in `out`.
fn cut(ranges: &Ranges, out: &Ranges) -> Ranges {
    let mut rest = ranges.clone();
    for (first, last) in out.iter() {
        rest = rest.up_to(first - 1).or(&rest.above(last));
    }
    rest
}
