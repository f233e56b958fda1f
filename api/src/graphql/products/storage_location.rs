//! Where products are stored.

table! { StorageLocation shows products::storage_location;
}
