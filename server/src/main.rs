//! `hufu`: a web console, its probe workers and a command line, in one binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::main()
}
