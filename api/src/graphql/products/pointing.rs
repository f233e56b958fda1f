//! Where the telescope pointed.

table! { Pointing shows products::pointing;
}
