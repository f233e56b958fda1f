//! Who changed what: the change log of each database.

table! { IngestChange shows ingest::change_log; }
table! { CalRegistryChange shows cal_registry::change_log; }
table! { ProductsChange shows products::change_log; }
table! { MasterSourcesChange shows master_sources::change_log; }
table! { CalibratorsChange shows calibrators::change_log; }
table! { Hdf5Change shows hdf5::change_log; }
table! { DataRegistryChange shows data_registry::change_log; }
