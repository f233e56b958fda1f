//! Tags of data products.

use super::DataProduct;

table! { DataTag shows data_registry::data_tag;
    /// The product that bears it.
    one data_product: DataProduct, DataId => DataId;
}
