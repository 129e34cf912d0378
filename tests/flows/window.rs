//! What a person does on one computer, with no server.

mod backup;
mod camera;
mod duplicate;
mod first_run;
mod import;
mod keystore;
mod link;
mod lock;
mod manual;
mod outside;
mod picture;
mod restart;
mod swedish;
mod trash;
