//! As much of a browser as measuring takes: one connection, kept alive, that asks for pages.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
};

use anyhow::{Context as _, Result, bail, ensure};

/// One connection to a server.
pub(super) struct Client {
    address: String,
    stream: BufReader<TcpStream>,
    cookie: String,
}

/// What a server answers.
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Client {
    /// Connects and logs in.
    pub(super) fn log_in(address: &str, login: &str, password: &str) -> Result<Self> {
        let mut client = Self::connect(address, String::new())?;
        let form = format!("login={login}&password={password}&back=");
        let answer = client.send("POST", "/api/accounts/log-in", &[("Accept", "text/html")], form.as_bytes())?;
        ensure!((300..400).contains(&answer.status), "the log-in answers {}", answer.status);
        let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        cookie.context("the log-in sets no cookie")?.clone_into(&mut client.cookie);
        Ok(client)
    }

    /// Connects to what needs no log-in.
    pub(super) fn anonymous(address: &str) -> Result<Self> {
        Self::connect(address, String::new())
    }

    /// Another connection for the same session.
    pub(super) fn again(&self) -> Result<Self> {
        Self::connect(&self.address, self.cookie.clone())
    }

    fn connect(address: &str, cookie: String) -> Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| address.to_owned())?;
        stream.set_nodelay(true)?;
        Ok(Self { address: address.to_owned(), stream: BufReader::new(stream), cookie })
    }

    /// A page as a browser gets it, compressed.
    pub(super) fn page(&mut self, path: &str) -> Result<Answer> {
        self.good(path, &[("Accept", "text/html"), ("Accept-Encoding", "gzip, deflate, br")])
    }

    /// A page that can be read.
    pub(super) fn text(&mut self, path: &str) -> Result<String> {
        let answer = self.good(path, &[("Accept", "text/html")])?;
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }

    fn good(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        let answer = self.send("GET", path, headers, b"")?;
        ensure!(answer.status == 200, "{path} answers {}", answer.status);
        Ok(answer)
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer> {
        let Self { address, stream, cookie } = self;
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\n");
        if !cookie.is_empty() {
            request += &format!("Cookie: {cookie}\r\n");
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            request += "Content-Type: application/x-www-form-urlencoded\r\n";
            request += &format!("Content-Length: {}\r\n", body.len());
        }
        request += "\r\n";
        stream.get_mut().write_all(&[request.as_bytes(), body].concat())?;
        Answer::read(stream)
    }
}

impl Answer {
    fn read(stream: &mut BufReader<TcpStream>) -> Result<Self> {
        let status = line(stream)?.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status")?;
        let mut answer = Self { status, headers: Vec::new(), body: Vec::new() };
        loop {
            let line = line(stream)?;
            match line.split_once(':') {
                Some((name, value)) => answer.headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
                None if line.is_empty() => break,
                None => bail!("a header without a colon"),
            }
        }
        if let Some(length) = answer.header("content-length") {
            answer.body.resize(length.parse()?, 0);
            stream.read_exact(&mut answer.body)?;
            return Ok(answer);
        }
        ensure!(answer.header("transfer-encoding") == Some("chunked"), "an answer without a length");
        loop {
            let length = usize::from_str_radix(&line(stream)?, 16)?;
            let begin = answer.body.len();
            answer.body.resize(begin + length, 0);
            stream.read_exact(&mut answer.body[begin..])?;
            line(stream)?;
            if length == 0 {
                return Ok(answer);
            }
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn line(stream: &mut BufReader<TcpStream>) -> Result<String> {
    let mut line = String::new();
    ensure!(stream.read_line(&mut line)? > 0, "the server has hung up");
    Ok(line.trim_end().to_owned())
}
