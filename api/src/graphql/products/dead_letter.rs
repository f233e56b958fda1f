//! Operations that failed for good.

table! { DeadLetter shows products::dead_letter;
}
