"""Plots and widgets: sample sheets, curves, panels, walks. matplotlib and ipywidgets are imported when first used."""

from ganlab.viz.audit import gradient_audit
from ganlab.viz.classes import class_explorer, class_grid
from ganlab.viz.clusters import show_bins, show_maps, tsne
from ganlab.viz.conjugate import conjugate_panels
from ganlab.viz.curves import loss_curves, run_curves, smooth
from ganlab.viz.dashboard import LiveDashboard, dashboard_figure, dashboard_page
from ganlab.viz.densities import density_curves, density_pair
from ganlab.viz.figure import png, show, subplots
from ganlab.viz.gaps import logit_gaps
from ganlab.viz.histogram import density_1d, pixel_histogram
from ganlab.viz.latent import latent_walk, lerp, slerp
from ganlab.viz.lines import line_panels
from ganlab.viz.matrix import ablation_matrix
from ganlab.viz.mixing import curve_of_labels, gains_by_ratio
from ganlab.viz.panels import real_against_generated
from ganlab.viz.plane import PlaneFrame, plane_frame, plane_panels
from ganlab.viz.points import show_points
from ganlab.viz.pointwise import value_at_a_point
from ganlab.viz.portrait import eigenvalue_plane, phase_portrait, portrait_explorer, unit_circle
from ganlab.viz.saving import can_be_drawn, save_picture
from ganlab.viz.scorecard import compare_cards, compare_spectra, show_card, show_spectra
from ganlab.viz.sheet import sample_sheet, save_sheet, show_sheet
from ganlab.viz.slopes import generator_slopes, two_losses
from ganlab.viz.stepper import plane_player, plane_stepper
from ganlab.viz.style import style
from ganlab.viz.tails import tail_shares
from ganlab.viz.transport import transport_plan
from ganlab.viz.widgets import latent_explorer, training_player

__all__ = [
    "LiveDashboard",
    "PlaneFrame",
    "ablation_matrix",
    "can_be_drawn",
    "class_explorer",
    "class_grid",
    "compare_cards",
    "compare_spectra",
    "conjugate_panels",
    "curve_of_labels",
    "dashboard_figure",
    "dashboard_page",
    "density_1d",
    "density_curves",
    "density_pair",
    "eigenvalue_plane",
    "gains_by_ratio",
    "generator_slopes",
    "gradient_audit",
    "latent_explorer",
    "latent_walk",
    "lerp",
    "line_panels",
    "logit_gaps",
    "loss_curves",
    "phase_portrait",
    "pixel_histogram",
    "plane_frame",
    "plane_panels",
    "plane_player",
    "plane_stepper",
    "png",
    "portrait_explorer",
    "real_against_generated",
    "run_curves",
    "sample_sheet",
    "save_picture",
    "save_sheet",
    "show",
    "show_bins",
    "show_card",
    "show_maps",
    "show_points",
    "show_sheet",
    "show_spectra",
    "slerp",
    "smooth",
    "style",
    "subplots",
    "tail_shares",
    "training_player",
    "transport_plan",
    "tsne",
    "two_losses",
    "unit_circle",
    "value_at_a_point",
]
