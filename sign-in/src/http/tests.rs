//! The pages as a browser sees them: through the routes, with cookies and forms, on every kind of database.
//! Whatever is answered is looked at for what every page has to hold.

mod admin;
mod attestation;
mod browser;
mod protection;
mod register;
mod scan;
mod sign_in;

use self::browser::Browser;
