//! The command line.

use std::process::ExitCode;

/// Placeholder while the command line is being written.
pub fn main() -> ExitCode {
    crate::logging::start(crate::logging::LogFormat::Human);
    let arguments: Vec<String> = std::env::args().collect();
    let Ok(runtime) = tokio::runtime::Runtime::new() else { return ExitCode::FAILURE };
    let listen = arguments.iter().skip_while(|word| *word != "--listen").nth(1).and_then(|word| word.parse().ok());
    let listen = listen.unwrap_or(std::net::SocketAddr::from(([127, 0, 0, 1], 3000)));
    let empty = arguments.iter().any(|word| word == "--empty");
    let begin = if empty { crate::serve::DemoStart::Empty } else { crate::serve::DemoStart::Filled };
    let result = if arguments.iter().any(|word| word == "demo") {
        runtime.block_on(crate::serve::demo(listen, begin))
    } else {
        let settings = crate::serve::Settings { listen, data_dir: "data".into(), allow_net: Vec::new() };
        runtime.block_on(crate::serve::serve(settings))
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hufu: {error}");
            ExitCode::FAILURE
        }
    }
}
