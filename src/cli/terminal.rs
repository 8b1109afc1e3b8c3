//! What the user's terminal can do.

use std::{
    env,
    io::{self, IsTerminal},
};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use terminal_size::{Height, Width, terminal_size_of};

use crate::report::Look;

const RED: Style = AnsiColor::Red.on_default().bold();

/// The word before an error message.
pub const ERROR: Word = Word("error", RED);

/// A word in a style; the stream it is printed to decides whether the style shows.
pub struct Word(&'static str, Style);

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}{:#}", self.1, self.0, self.1)
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, as NO_COLOR, CLICOLOR_FORCE and TERM say
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// For everything that the process prints.
    pub fn set_for_process(self) {
        let choice = match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::AlwaysAnsi,
            Self::Never => ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// What standard output can show.
pub fn look() -> Look {
    let stdout = io::stdout();
    look_of(AutoStream::choice(&stdout), stdout.is_terminal(), terminal_size_of(&stdout))
}

/// What standard error can show.
pub fn look_of_errors() -> Look {
    let stderr = io::stderr();
    look_of(AutoStream::choice(&stderr), stderr.is_terminal(), terminal_size_of(&stderr))
}

fn look_of(choice: ColorChoice, is_terminal: bool, size: Option<(Width, Height)>) -> Look {
    let colour = choice != ColorChoice::Never;
    let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb" || term == "linux");
    let width = size.map_or(Look::PLAIN.width, |(Width(width), _)| width.into());
    Look { colour, links: colour && is_terminal && !dumb, width, group_by: None }
}
