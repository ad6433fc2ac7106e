//! The program `balai`.
use std::process::ExitCode;

use api::{commands, config::Arguments};
use clap::Parser as _;

/// For the image and the benchmark: see the feature, and `docs/performance.md`.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[actix_web::main]
async fn main() -> ExitCode {
    match commands::run(Arguments::parse()).await {
        Ok(status) => status,
        Err(failure) => {
            eprintln!("balai: {failure}");
            failure.status()
        }
    }
}
