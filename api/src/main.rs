//! The program `balai`.
use std::process::ExitCode;

use api::{commands, config::Arguments};
use clap::Parser as _;

#[actix_web::main]
async fn main() -> ExitCode {
    match commands::run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("balai: {failure}");
            ExitCode::FAILURE
        }
    }
}
