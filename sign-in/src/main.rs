//! The command line of the sign-in service. What it prints is for a person at a terminal; the log is another
//! thing and goes to standard error.

#[path = "main/admin.rs"]
mod admin;
#[path = "main/demo.rs"]
mod demo;
#[path = "main/memory.rs"]
mod memory;
#[path = "main/serve.rs"]
mod serve;
#[path = "main/terminal.rs"]
mod terminal;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use sign_in::config::{Log, Settings};
use sign_in::deliver::{Smtp, VapidKey, Ways, WebPush};
use sign_in::store::{Kind, Store};
use sign_in::wake::Wake;
use sign_in::{Parts, Service};
use tracing_subscriber::EnvFilter;

/// The sign-in service of Countersign.
#[derive(Parser)]
#[command(name = "countersign-signin", version)]
struct Arguments {
    /// The configuration file; countersign.toml if it is there.
    #[arg(long, global = true, env = "COUNTERSIGN_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the service until it is told to stop.
    Serve {
        /// With made-up people, whose passwords are printed, and mail that is shown on a page.
        #[arg(long)]
        demo: bool,
    },
    /// Looks after people, passes and keys.
    #[command(subcommand)]
    Admin(admin::Admin),
}

fn main() -> ExitCode {
    memory::give_back_at_once();
    let arguments = Arguments::parse();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(workers(cores())).enable_all().build();
    match runtime.map_err(Failed::Threads).and_then(|runtime| runtime.block_on(run(arguments))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            terminal::complain(&why);
            ExitCode::FAILURE
        }
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How many threads wait for calls. The database and the hashing of passwords have threads, or a server, of their
/// own, which need the other half of the machine. And each answer of the database wakes one of these, which wakes
/// a second to see whether there is more to do: with few of them a node that has little to do costs much less.
const fn workers(cores: usize) -> usize {
    cores.div_ceil(2)
}

async fn run(arguments: Arguments) -> Result<(), Failed> {
    let demo = matches!(arguments.command, Command::Serve { demo: true });
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let settings = Settings::read(arguments.config.as_deref(), variables, demo)?;
    begin_log(&settings.log);
    match arguments.command {
        Command::Serve { .. } => serve::serve(settings).await,
        Command::Admin(admin) => {
            let (service, _) = node(settings).await?;
            admin::run(&service, admin).await
        }
    }
}

/// What of the settings is for the server and not for the rules.
struct Outside {
    listen: std::net::SocketAddr,
    tls: Option<sign_in::config::Tls>,
    database: crypto_core::secret::SecretText,
    has_mail: bool,
}

/// A node that can be asked, with its database brought up to date.
async fn node(settings: Settings) -> Result<(Service, Outside), Failed> {
    let wake = Wake::default();
    let clock = serve::clock();
    // expose: this is where the password in it is used.
    let store = Store::open(settings.database.expose(), settings.connections, wake.clone()).await?;
    let push = match settings.push {
        Some(push) => {
            let key = VapidKey::of(&store, &settings.service.secret).await?;
            Some(WebPush::new(key, push.contact, settings.service.private_push, Arc::clone(&clock))?)
        }
        None => None,
    };
    // In a demonstration, mail goes to a page.
    let mail = settings.mail.filter(|_| !settings.service.demo);
    let smtp = mail.map(Smtp::new).transpose()?;
    let outside = Outside {
        listen: settings.listen,
        tls: settings.tls,
        database: settings.database,
        has_mail: smtp.is_some(),
    };
    let deliver = Arc::new(Ways { push, smtp });
    Ok((Service::new(Parts { config: settings.service, store, deliver, wake, clock }), outside))
}

impl Outside {
    fn follows(&self, service: &Service) -> bool {
        service.store().kind() == Kind::Postgres
    }
}

fn begin_log(log: &Log) {
    let filter = EnvFilter::new(&log.level);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if log.json { builder.json().flatten_event(true).init() } else { builder.with_ansi(false).init() }
}

/// Why a command was not carried out. The texts are for the operator.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Config(#[from] sign_in::config::ConfigRefused),
    #[error("{0}; is the database there, and does its address have the right password?")]
    Store(#[from] sign_in::store::StoreError),
    #[error(transparent)]
    WebPush(#[from] sign_in::deliver::WebPushRefused),
    #[error(transparent)]
    Smtp(#[from] sign_in::deliver::SmtpRefused),
    #[error("nothing can be taken at {0}: is another program there?")]
    Listen(std::net::SocketAddr),
    #[error("the certificate or its key cannot be read: both have to be PEM, and belong together")]
    Certificate,
    #[error(transparent)]
    Account(#[from] sign_in::accounts::AccountRefused),
    #[error(transparent)]
    Pass(#[from] sign_in::passes::PassRefused),
    #[error("there is no account of that name")]
    NoSuchAccount,
    #[error("no password was typed, or the two were not the same")]
    Password,
    #[error("--starts is a time in UTC such as 2026-11-24T08:00, or a number of minutes such as +30")]
    Starts,
    #[error("the operating system gives the node no threads: {0}")]
    Threads(std::io::Error),
    #[error("the terminal cannot be read or written to")]
    Terminal(#[from] std::io::Error),
}
