//! Browsers and their drivers, found where they usually are.

use std::path::{Path, PathBuf};

/// A browser engine that the widget is tested in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Debian's Chromium, or any Chrome.
    Chromium,
    /// Debian's Firefox ESR, or any Firefox.
    Firefox,
    /// Debian's `WebKitGTK`.
    WebKit,
}

impl Engine {
    /// The engine that `--engine` names.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Chromium, Self::Firefox, Self::WebKit]
            .into_iter()
            .find(|engine| engine.name() == name)
    }

    /// Its name, for `--engine` and for the suites.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }
}

const CHROME_NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];
const CHROME_PLACES: [&str; 3] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
];

/// Chrome or Chromium: `CHROME_PATH`, else the PATH, else the usual places.
pub(crate) fn chrome() -> Option<PathBuf> {
    named_by("CHROME_PATH")
        .or_else(|| CHROME_NAMES.into_iter().find_map(on_path))
        .or_else(|| {
            CHROME_PLACES
                .into_iter()
                .map(PathBuf::from)
                .find(|place| place.is_file())
        })
}

/// Chromium without the parts of its window: the same engine, started and drawn in half the time. `HEADLESS_SHELL_PATH`, else the PATH.
pub(crate) fn headless_shell() -> Option<PathBuf> {
    named_by("HEADLESS_SHELL_PATH").or_else(|| {
        ["chromium-headless-shell", "chrome-headless-shell"]
            .into_iter()
            .find_map(on_path)
    })
}

/// ChromeDriver: `CHROMEDRIVER`, else the PATH.
pub(crate) fn chromedriver() -> Option<PathBuf> {
    named_by("CHROMEDRIVER").or_else(|| on_path("chromedriver"))
}

/// Firefox: `FIREFOX_PATH`, else the PATH.
pub(crate) fn firefox() -> Option<PathBuf> {
    named_by("FIREFOX_PATH").or_else(|| ["firefox", "firefox-esr"].into_iter().find_map(on_path))
}

/// geckodriver: `GECKODRIVER`, else the PATH.
pub(crate) fn geckodriver() -> Option<PathBuf> {
    named_by("GECKODRIVER").or_else(|| on_path("geckodriver"))
}

/// Whether WebKitGTK can be driven: its driver, which comes with a browser, a display, and access to the display's clipboard.
pub(crate) fn webkit_is_present() -> bool {
    ["WebKitWebDriver", "Xvfb", "xclip"]
        .into_iter()
        .all(|program| on_path(program).is_some())
}

fn named_by(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_file())
}

/// A program on the PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let file = Path::new(name).with_extension(std::env::consts::EXE_EXTENSION);
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|place| place.is_file())
}
