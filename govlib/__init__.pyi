from . import (
    association,
    catalog,
    cells,
    changes,
    checks,
    claim_figures,
    claims,
    compare,
    contact_sheet,
    drawings,
    editions,
    errors,
    explore,
    explore_choices,
    explore_points,
    explore_views,
    explore_widgets,
    export,
    fetch,
    figure_lint,
    figures,
    fitting,
    formats,
    gap_figures,
    gaps,
    groups,
    labels,
    layouts,
    metadata,
    microdata,
    peer_captions,
    peer_figures,
    positions,
    profiles,
    provenance,
    rankings,
    revision_figures,
    revisions,
    runs,
    survey,
    survey_captions,
    survey_files,
    survey_table,
    table_export,
    trends,
    wgi,
    whence,
    words,
    wvs,
)
from .association import fit_association
from .catalog import economy_names, figures_folder, held_editions, project_folder, read_economies
from .changes import adjust_changes, change_by_rho
from .checks import check_edition
from .claim_figures import alternative_text_claims, describe_claims, plot_claims, plot_ledger
from .claims import check_claims
from .compare import add_interval, change_between_years, rank_economies
from .editions import add_edition
from .errors import GovlibError
from .explore import draw_view
from .explore_choices import find_economy
from .explore_widgets import open_explorer
from .export import save_figure, show_figure
from .fetch import fetch_wgi
from .figure_lint import lint_figure
from .figures import alternative_text_trend, describe_trend, plot_small_trends, plot_trend
from .formats import read_wgi_file
from .gap_figures import alternative_text_gaps, describe_gaps, plot_gaps
from .gaps import effectiveness_voice_gap
from .groups import economies_in, group_titles, groups_of, read_groups
from .metadata import read_metadata
from .microdata import Group, Item, MicrodataSpec, read_microdata
from .peer_captions import alternative_text_peers, describe_peers
from .peer_figures import plot_distribution, plot_intervals, plot_positions, plot_slopes
from .positions import league_table, positions_in_groups, probability_above, simulate_positions
from .profiles import find_profile, read_profiles
from .provenance import describe_result
from .rankings import add_percentile, match_economies, read_breaks, read_ranking
from .revision_figures import alternative_text_editions, describe_editions, plot_editions
from .revisions import (
    change_by_edition,
    compare_editions,
    list_editions,
    stack_editions,
    summarise_revisions,
)
from .runs import check_parameters
from .shares import add_share_interval, combine_answers, net_trust, rebase_on_opinion
from .standing_figures import (
    alternative_text_against,
    alternative_text_standings,
    plot_against,
    plot_standings,
)
from .survey import (
    choose_waves,
    describe_survey,
    find_survey,
    held_surveys,
    label_survey,
    read_single_figures,
    read_survey,
)
from .survey_captions import (
    alternative_text_answers,
    alternative_text_shares,
    alternative_text_single_figures,
    describe_answer_breaks,
    describe_shares,
)
from .survey_figures import plot_answers, plot_ranges, plot_shares, plot_single_figures
from .survey_files import read_survey_file
from .survey_table import check_survey
from .table_export import lay_out_table, save_table
from .trends import fit_trend
from .waves import bound_missing_opinions, change_between_waves
from .wgi import read_wgi
from .whence import explain_figure
from .words import decimal, word
from .world import rank_world
from .wvs import derive_value_type, read_wvs

__version__: str
