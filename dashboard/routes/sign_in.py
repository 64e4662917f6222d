"""Signing in and out: plain pages that work without a script."""

from __future__ import annotations

from flask import Blueprint, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from core.access import Permission
from dashboard import i18n
from dashboard.auth import LANGUAGE_COOKIE, cookie_name, current_session, is_demo, safe_next
from services import accounts, sessions
from settings import VERSION

blueprint = Blueprint("sign_in", __name__)
ROUTES = {
    "sign_in.login": Permission.PUBLIC,
    "sign_in.login_post": Permission.PUBLIC,
    "sign_in.guest": Permission.PUBLIC,
    "sign_in.first_owner": Permission.PUBLIC,
    "sign_in.first_owner_post": Permission.PUBLIC,
    "sign_in.language": Permission.PUBLIC,
    "sign_in.logout": Permission.SHELL,
    "sign_in.active": Permission.SHELL,
}


def _page(template: str, status: int = 200, **values: object) -> ResponseReturnValue:
    demo = is_demo()
    body = render_template(
        template,
        _=i18n._,
        lang=i18n.LANGUAGES[i18n.language()][1],
        languages=[(key, label) for key, (label, _tag, _locale) in i18n.LANGUAGES.items()],
        current=i18n.language(),
        csrf=generate_csrf(),
        demo=demo,
        accounts=accounts.DEMO_ACCOUNTS if demo else (),
        next=safe_next(request.values.get("next")),
        version=VERSION,
        **values,
    )
    return body, status


@blueprint.get("/login")
def login() -> ResponseReturnValue:
    """Show the sign-in page; who is signed in goes on."""
    signed = getattr(g, "signed", None)
    if signed is not None and signed.actor.person_id is not None:
        return redirect(safe_next(request.args.get("next")))
    return _page("login.html", error=None, email="")


@blueprint.post("/login")
def login_post() -> ResponseReturnValue:
    """Check e-mail and password and open a session under a new id."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        token, _role = accounts.sign_in(email, password, request.remote_addr, request.user_agent.string, g.request_id)
    except accounts.Busy:
        said = i18n._("Many people sign in at this moment. Try again in a few seconds.")
        answer = make_response(_page("login.html", 503, error=said, email=email))
        answer.headers["Retry-After"] = "2"
        return answer
    except accounts.SignInRefused as refused:
        if refused.retry_after_s:
            said = i18n._("Too many tries. Wait {n} s and try again.", n=refused.retry_after_s)
            answer = make_response(_page("login.html", 429, error=said, email=email))
            answer.headers["Retry-After"] = str(refused.retry_after_s)
            return answer
        return _page("login.html", 401, error=i18n._("E-mail or password is not right."), email=email)
    return _enter(token, safe_next(request.form.get("next")))


@blueprint.post("/guest")
def guest() -> ResponseReturnValue:
    """Enter as a guest, who sees the public pages only."""
    token = accounts.enter_as_guest(request.remote_addr, request.user_agent.string, i18n.language())
    return _enter(token, "/")


def _enter(token: str, path: str) -> ResponseReturnValue:
    signed = getattr(g, "signed", None)
    if signed is not None:
        sessions.end(signed)  # a session found before the sign-in never becomes the one after it
    answer = redirect(path, code=303)
    answer.set_cookie(
        cookie_name(),
        token,
        max_age=int(sessions.ABSOLUTE.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
        path="/",
    )
    return answer


@blueprint.post("/logout")
def logout() -> ResponseReturnValue:
    """End the session."""
    sessions.end(current_session())
    answer = redirect("/login", code=303)
    answer.delete_cookie(cookie_name(), path="/")
    return answer


@blueprint.post("/active")
def active() -> ResponseReturnValue:
    """Note that a person moved: polling alone lets a session grow idle."""
    sessions.touch(current_session().token_hash)
    return "", 204


@blueprint.post("/language")
def language() -> ResponseReturnValue:
    """Choose the language before signing in."""
    chosen = request.form.get("language", "")
    answer = redirect(safe_next(request.form.get("back") or "/login"), code=303)
    if chosen in i18n.LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE, chosen, max_age=31_536_000, httponly=True, samesite="Lax", secure=request.is_secure
        )
    return answer


@blueprint.get("/first-owner")
def first_owner() -> ResponseReturnValue:
    """Show the form that the one-time address of a new installation opens."""
    return _page("first_owner.html", error=None, token=request.args.get("token", ""))


@blueprint.post("/first-owner")
def first_owner_post() -> ResponseReturnValue:
    """Make the first Owner."""
    token, form = request.form.get("token", ""), request.form
    try:
        accounts.become_first_owner(
            token, form.get("email", ""), form.get("name", ""), form.get("password", ""), request.remote_addr
        )
    except ValueError:
        said = i18n._(
            "A password has {low} to {high} characters.", low=accounts.MIN_PASSWORD, high=accounts.MAX_PASSWORD
        )
        return _page("first_owner.html", 400, error=said, token=token)
    except accounts.SignInRefused:
        return _page(
            "first_owner.html",
            403,
            error=i18n._("This address is used or too old. Start again to get a new one."),
            token="",
        )
    return redirect("/login", code=303)
