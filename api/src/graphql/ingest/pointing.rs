//! Where the telescope pointed, as the ingest recorded it.

table! { IngestPointing shows ingest::pointing;
}
