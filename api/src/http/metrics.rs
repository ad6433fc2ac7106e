//! Figures about the service, for Prometheus, at an address of their own that only the operator need reach.
use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::OnceLock,
};

use actix_web::{App, HttpResponse, HttpServer, dev::Server, http::header::CONTENT_TYPE, web};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// The text format of <https://prometheus.io/docs/instrumenting/exposition_formats/>.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// How long answers take, in seconds: the ends of the classes that are counted.
const SECONDS: [f64; 9] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0];

/// The listener that metrics are told at.
pub(super) struct Metrics {
    listener: TcpListener,
    address: SocketAddr,
    figures: PrometheusHandle,
}

impl Metrics {
    /// Takes the address, and begins to count.
    pub(super) fn bind(address: SocketAddr) -> Result<Self, String> {
        let taken = TcpListener::bind(address).and_then(|listener| Ok((listener.local_addr()?, listener)));
        let advice = "stop what uses it, or set BALAI_METRICS_LISTEN to another address";
        let (address, listener) =
            taken.map_err(|cause| format!("cannot tell metrics at {address}: {cause}; {advice}"))?;
        Ok(Self { listener, address, figures: figures()? })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells the figures until the process ends.
    pub(super) fn run(self) -> io::Result<Server> {
        let tell = |figures: web::Data<PrometheusHandle>| async move {
            HttpResponse::Ok().insert_header((CONTENT_TYPE, FORMAT)).body(figures.render())
        };
        let figures = web::Data::new(self.figures);
        let server =
            HttpServer::new(move || App::new().app_data(figures.clone()).route("/metrics", web::get().to(tell)));
        Ok(server.workers(1).listen(self.listener)?.run())
    }
}

/// What is counted is counted once for the process, whatever servers it has.
fn figures() -> Result<PrometheusHandle, String> {
    static FIGURES: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();
    let install = || {
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS).map_err(|cause| cause.to_string())?;
        let figures = builder.install_recorder().map_err(|cause| cause.to_string())?;
        describe();
        Ok(figures)
    };
    FIGURES.get_or_init(install).clone()
}

fn describe() {
    metrics::describe_counter!("balai_graphql_requests_total", "Requests to /graphql, by status.");
    metrics::describe_counter!("balai_answers_total", "Answers to queries that may be kept, by whether they were.");
    metrics::describe_histogram!(
        "balai_graphql_request_seconds",
        metrics::Unit::Seconds,
        "How long requests to /graphql took."
    );
    metrics::describe_counter!(
        "balai_limits_passed_total",
        "Requests past a limit, by the limit and by whether they were refused or only warned about."
    );
    metrics::describe_gauge!("balai_open_connections", "Connections that stay open, by their transport.");
    metrics::describe_counter!("balai_untrusted_documents_total", "Documents in no manifest that were let through.");
}
