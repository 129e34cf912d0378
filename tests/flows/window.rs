//! What a person does on one computer, with no server.

mod camera;
mod duplicate;
mod first_run;
mod keystore;
mod link;
mod lock;
mod manual;
mod picture;
mod restart;
mod swedish;
mod trash;
