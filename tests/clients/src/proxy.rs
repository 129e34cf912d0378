//! A proxy in front of several nodes, as an operator's load balancer is: each connection goes to the next node
//! in turn, or to another where that one does not answer. It knows nothing of HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A proxy, until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Where browsers and phones find it.
    pub origin: String,
    taking: JoinHandle<()>,
}

impl Proxy {
    /// Takes a port; connections wait until [`to`](Self::to) says where they go.
    pub async fn bind() -> (String, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has free ports");
        let port = listener.local_addr().expect("it is bound").port();
        (format!("http://localhost:{port}"), listener)
    }

    /// Hands connections on to these addresses.
    pub fn to(origin: String, listener: TcpListener, nodes: Vec<String>) -> Self {
        let (nodes, turn) = (Arc::new(nodes), Arc::new(AtomicUsize::new(0)));
        let taking = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(hand_on(client, Arc::clone(&nodes), turn.fetch_add(1, Ordering::Relaxed)));
            }
        });
        Self { origin, taking }
    }
}

async fn hand_on(mut client: TcpStream, nodes: Arc<Vec<String>>, turn: usize) {
    for address in nodes.iter().cycle().skip(turn % nodes.len()).take(nodes.len()) {
        if let Ok(mut node) = TcpStream::connect(address).await {
            // A node that is killed meanwhile takes its connections with it, and the client sees that.
            let _ = copy_bidirectional(&mut client, &mut node).await;
            return;
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.taking.abort();
    }
}
