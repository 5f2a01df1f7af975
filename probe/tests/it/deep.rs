//! The deepest look, at a server that says in which order it was asked.

use std::{
    io,
    sync::{Arc, Mutex},
};

use model::observation::TlsVersion;
use probe::Depth;
use rustls::{ServerConfig, server::Acceptor};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::LazyConfigAcceptor;

use crate::common::attend::{AMPLE, certified, chain, config, probe_to};

/// What it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Page,
    /// For sound suites and for anonymous ones in one hello, as nothing else is.
    EverySuite,
}

const ECDHE_RSA_AES_128_GCM: u16 = 0xc02f;
const DH_ANON_AES_128_CBC: u16 = 0x0034;

async fn attend(stream: TcpStream, config: Arc<ServerConfig>, asked: Arc<Mutex<Vec<Asked>>>) -> io::Result<()> {
    let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
    let offered: Vec<u16> = hello.client_hello().cipher_suites().iter().map(|suite| u16::from(*suite)).collect();
    if [ECDHE_RSA_AES_128_GCM, DH_ANON_AES_128_CBC].iter().all(|suite| offered.contains(suite)) {
        asked.lock().unwrap().push(Asked::EverySuite);
    }
    let mut stream = hello.into_stream(config).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    asked.lock().unwrap().push(Asked::Page);
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await?;
    stream.shutdown().await
}

#[tokio::test]
async fn suites_are_asked_for_last() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (served, key) = chain(2);
    let config = Arc::new(config(TlsVersion::Tls12, certified(served, &key)));
    let heard = Arc::clone(&asked);
    let probed = probe_to(Depth::Deep, None, AMPLE, move |stream| {
        let (config, asked) = (Arc::clone(&config), Arc::clone(&heard));
        // How a connection ends is the client's business.
        async move { drop(attend(stream, config, asked).await) }
    });
    let observation = probed.await.observation;
    assert!(observation.http.unwrap().looks[0].page.is_ok());
    let suites = observation.addresses[0].protocols.as_ref().unwrap().suites.clone().unwrap();
    assert!(!suites.accepted.is_empty() && !suites.cut_short, "{suites:?}");
    let asked = asked.lock().unwrap();
    let page = asked.iter().position(|asked| *asked == Asked::Page).unwrap();
    let every_suite = asked.iter().position(|asked| *asked == Asked::EverySuite).unwrap();
    assert!(page < every_suite, "{asked:?}");
}
