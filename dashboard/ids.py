"""Every component id of the product. A callback names its ids from here, never by a text of its own."""

from __future__ import annotations

# The shell
URL = "url"
SHELL = "shell"
SIDEBAR = "sidebar"
TOPBAR = "topbar"
PAGE = "page"
LANGUAGE = "language"
LANGUAGE_EN = "language-en"
LANGUAGE_ZH = "language-zh"
LANGUAGE_APPLIED = "language-applied"
SITE = "site"
SITE_SWITCH = "site-switch"
ALL_SITES = "*"  # its value for no site in particular; assets/js/shell.js knows it too
TICK = "tick"
LIVE = "live"
LIVE_SHOWN = "live-shown"
DATA_VERSION = "data-version"
PAUSED = "paused"
PAUSE = "pause"
TOASTS = "toasts"
SEARCH = "search"
SEARCHED = "searched"
MENU_TOGGLE = "menu-toggle"
MENU_TOGGLED = "menu-toggled"
NAVIGATED = "navigated"
ARRIVED = "arrived"
SKIP_LINK = "skip-link"
CHIP_AGE = "chip-age"
CHIP_BTC = "chip-btc"
CHIP_ALERTS = "chip-alerts"
SHORTCUTS = "shortcuts"
SHORTCUT_SWITCH = "shortcut-switch"
SHORTCUT_SWITCHED = "shortcut-switched"
SIGN_OUT = "sign-out"

# Farm
FARM_KPIS = "farm-kpis"
FARM_ATTENTION = "farm-attention"
FARM_CHANGES = "farm-changes"
FARM_DRAWN = "farm-drawn"
FARM_RANGE = "farm-range"
FARM_HEAT = "farm-heat"
FARM_HEAT_AS_TABLE = "farm-heat-as-table"
FARM_HEAT_DRAWN = "farm-heat-drawn"
FARM_HEAT_LEGEND = "farm-heat-legend"
FARM_HEAT_MEASURE = "farm-heat-measure"
FARM_HEAT_PLAN = "farm-heat-plan"
FARM_HEAT_SAYS = "farm-heat-says"
FARM_HEAT_TABLE = "farm-heat-table"
FARM_HEAT_VALUES = "farm-heat-values"

# Machine
MACHINE_KEY = "machine-key"
MACHINE_BANNER = "machine-banner"
MACHINE_VALUES = "machine-values"
MACHINE_IDENTITY = "machine-identity"
MACHINE_BOARDS = "machine-boards"
MACHINE_RANGE = "machine-range"
MACHINE_DRAWN = "machine-drawn"
MACHINE_OPERATIONS = "machine-operations"
MACHINE_EVENTS = "machine-events"
MACHINE_ACTIONS = "machine-actions"
MACHINE_RAW = "machine-raw"
MACHINE_RAW_SHOW = "machine-raw-show"
COMMAND_DIALOG = "command-dialog"
COMMAND_TITLE = "command-title"
COMMAND_EFFECT = "command-effect"
COMMAND_CONFIRM = "command-confirm"
COMMAND_CANCEL = "command-cancel"
COMMAND_ORDER = "command-order"
COMMAND_POLL = "command-poll"

# Machines
GRID = "grid"
GRID_SHOWN = "grid-shown"
GRID_SYNCED = "grid-synced"
GRID_SUMMARY = "grid-summary"
GRID_PAGER = "grid-pager"
GRID_JUMP = "grid-jump"
GRID_CHIPS = "grid-chips"
GRID_TABS = "grid-tabs"
GRID_STATUS = "grid-status"
GRID_CARDS = "grid-cards"
GRID_SEARCH = "grid-search"
GRID_ORDER = "grid-order"
GRID_FILTER_PANEL = "grid-filter-panel"
GRID_EDITOR = "grid-editor"
GRID_EDITED = "grid-edited"
GRID_APPLY = "grid-apply"
GRID_COLUMNS = "grid-columns"
GRID_EXPORT_XLSX = "grid-export-xlsx"
GRID_EXPORT_CSV = "grid-export-csv"
GRID_VIEW_PANEL = "grid-view-panel"
GRID_VIEW_NAME = "grid-view-name"
GRID_VIEW_SHARED = "grid-view-shared"
GRID_VIEW_SAVE = "grid-view-save"
GRID_VIEW_UPDATE = "grid-view-update"
GRID_VIEW_DELETE = "grid-view-delete"
GRID_VIEWS_CHANGED = "grid-views-changed"
JOB = "job"
JOB_PANEL = "job-panel"
JOB_POLL = "job-poll"
JOB_CANCEL = "job-cancel"
JOB_FETCHED = "job-fetched"

# Calculator
CALC_DRAWN_FOR = "calc-drawn-for"
CALC_BANNER = "calc-banner"
CALC_MARKET = "calc-market"
CALC_RESULTS = "calc-results"
CALC_SHEET = "calc-sheet"
CALC_COMPARED_XLSX = "calc-compared-xlsx"
CALC_SAVED = "calc-saved"
CALC_SAVED_CHANGED = "calc-saved-changed"
CALC_SAVE_NAME = "calc-save-name"
CALC_SAVE_SHARED = "calc-save-shared"
CALC_SAVE = "calc-save"
CALC_LOTS_TEXT = "calc-lots-text"
CALC_LOTS_READ = "calc-lots-read"
CALC_LOTS_FILE = "calc-lots-file"
CALC_LOTS_FLEET = "calc-lots-fleet"
CALC_LOTS = "calc-lots"
CALC_LOTS_SAID = "calc-lots-said"
CALC_LOTS_XLSX = "calc-lots-xlsx"
CALC_LOTS_CSV = "calc-lots-csv"
CALC_DOWNLOAD = "calc-download"
CALC_HOURS_TEXT = "calc-hours-text"
CALC_HOURS_READ = "calc-hours-read"
CALC_HOURS = "calc-hours"
# One of each on the tabs that have it, or Dash would look for the other tab's parts beside it.
CALC_KPIS = {tab: f"calc-kpis-{tab}" for tab in ("single", "many", "past", "curtail")}
CALC_NOTE = {tab: f"calc-note-{tab}" for tab in ("single", "past", "curtail")}
CALC_TABLE = {tab: f"calc-table-{tab}" for tab in ("compare", "many")}
MODELS_TABLE = "models-table"
MODELS_CHANGES = "models-changes"
MODELS_SAVE = "models-save"
MODELS_SEARCH = "models-search"
MODELS_COUNT = "models-count"
MODELS_SOUGHT = "models-sought"

# Market
MARKET = "market"
MARKET_TILES = "market-tiles"
MARKET_SOURCES = "market-sources"
MARKET_VERSION = "market-version"
MARKET_RANGE = "market-range"
MARKET_SERIES = "market-series"
MARKET_SOURCE = "market-source"
MARKET_FOLLOWED = "market-followed"
MARKET_DRAWN = "market-drawn"
MARKET_BARS = "market-bars"
MARKET_UPLOAD = "market-upload"
MARKET_REPORT = "market-report"

# Forecasts
FORECAST_CONTROLS = "forecast-controls"
FORECAST_VERDICT = "forecast-verdict"
FORECAST_FACTS = "forecast-facts"
FORECAST_TOLD = "forecast-told"
FORECAST_TABLE = "forecast-table"
FORECAST_DRAWN = "forecast-drawn"
FORECAST_STORED = "forecast-stored"
FORECAST_SCORES = "forecast-scores"
FORECAST_SCORE_CHARTS = "forecast-score-charts"
FORECAST_SCORE_TABLE = "forecast-score-table"
FORECAST_ORIGINS = "forecast-origins"
FORECAST_RUN = "forecast-run"
FORECAST_JOB = "forecast-job"
FORECAST_JOB_PANEL = "forecast-job-panel"
FORECAST_JOB_POLL = "forecast-job-poll"
FORECAST_JOB_CANCEL = "forecast-job-cancel"

# Analytics
ANALYTICS_CHART = "analytics-chart"
ANALYTICS_FOLLOWED = "analytics-followed"
ANALYTICS_TOLD = "analytics-told"
ANALYTICS_SIGNALS = "analytics-signals"
RULE_TRY = "rule-try"
RULE_KEEP = "rule-keep"
RULE_TRIED = "rule-tried"

# Account
ACCOUNT_SESSIONS = "account-sessions"
ACCOUNT_END_OTHERS = "account-end-others"

# Audit
AUDIT_TABLE = "audit-table"
AUDIT_PAGE = "audit-page"


def market_note(name: object) -> str:
    """Give the id of the line under a chart of the market that names its source."""
    return f"market-note-{name}"


def chart_part(part: str, name: object) -> dict[str, object]:
    """Give the id of one part (graph, table, download ...) of a chart."""
    return {"type": f"chart-{part}", "name": name}


def chart_export(name: object, kind: object) -> dict[str, object]:
    """Give the id of the menu entry that exports a chart."""
    return {"type": "chart-export", "name": name, "kind": kind}


def machine_action(action: object) -> dict[str, object]:
    """Give the id of the button that opens the dialog of an order; `action` may be a wildcard."""
    return {"type": "machine-action", "action": action}


def grid_edit(column: object) -> dict[str, object]:
    """Give the id of the button that opens the filter of a column; `column` may be a wildcard."""
    return {"type": "grid-edit", "column": column}


def grid_part(part: object) -> dict[str, object]:
    """Give the id of one field of the filter that is being edited; `part` may be a wildcard."""
    return {"type": "grid-part", "part": part}


def desk_field(page: object, name: object) -> dict[str, object]:
    """Give the id of a page's field whose value stands in the address under this name; the name may be a wildcard."""
    return {"type": "desk-field", "page": page, "name": name}


def desk_said(page: str) -> str:
    """Give the id of the store of what a page's fields say of themselves."""
    return f"desk-said-{page}"


def desk_told(page: str) -> str:
    """Give the id of the store that the browser writes when they have said it."""
    return f"desk-told-{page}"


def model_part(part: object) -> dict[str, object]:
    """Give the id of one field of the catalogue's editor; `part` may be a wildcard."""
    return {"type": "model-part", "part": part}


def rule_part(part: object) -> dict[str, object]:
    """Give the id of one field of the form of a rule; `part` may be a wildcard."""
    return {"type": "rule-part", "part": part}


def rule_delete(rule: object) -> dict[str, object]:
    """Give the id of the button that deletes a rule; `rule` may be a wildcard."""
    return {"type": "rule-delete", "rule": rule}


def saved_delete(view: object) -> dict[str, object]:
    """Give the id of the button that deletes something saved; `view` may be a wildcard."""
    return {"type": "saved-delete", "view": view}
