//! The exports of this app, which come in like those of any other.

use super::{Format, Vendor};
use crate::backup::export::own;

pub(super) const VENDOR: Vendor =
    Vendor { format: Format::Countersign, is: own::is, locked: true, read: own::read };
