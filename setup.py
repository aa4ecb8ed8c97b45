"""Packaging. Tool settings are in pyproject.toml, reasons for dependencies in CONTRIBUTING.md."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(
    r'"([^"]+)"', (HERE / "destination_inflection" / "version.py").read_text("utf-8").split("=")[1]
)

SANDBOX = ["starlette>=1.0", "uvicorn>=0.40", "httptools>=0.6", "uvloop>=0.21"]

S3 = ["boto3>=1.40"]

setup(
    name="destination-inflection",
    version=VERSION[1] if VERSION else "",
    description="Airbyte destination that delivers records to Inflection.io",
    long_description=(HERE / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.11",
    classifiers=[
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
    ],
    packages=find_packages(include=["destination_inflection*", "inflection_sandbox*"]),
    package_data={
        "destination_inflection": ["spec.json", "py.typed"],
        "destination_inflection.report": ["page.html.j2", "style.css"],
        "inflection_sandbox": ["openapi.yaml"],
        "inflection_sandbox.pages": ["templates/*.j2", "static/*"],
    },
    install_requires=[
        "airbyte-cdk>=7.39,<8",
        "requests>=2.32",
        "urllib3>=2.6",
        "jsonschema>=4.17.3,<5",
        "orjson>=3.10",
        "certifi",
        "jinja2>=3.1,<4",
        "pygal>=3.1,<4",
        "tzdata",
    ],
    extras_require={
        "fast": ["pycurl>=7.45"],
        "sandbox": SANDBOX,
        "s3": S3,
        "grade": ["cosmic-ray>=8.7,<9"],
        "dev": [
            *SANDBOX,
            *S3,
            "boto3-stubs[s3]>=1.40",
            "moto[s3,server]>=5.1,<6",
            'airbyte-connector-models>=0.1.12; python_version < "3.13"',
            "axe-playwright-python>=0.1.8",
            "pycurl>=7.45",
            "hypothesis>=6.150,<6.170.10",  # schemathesis can't use later ones
            "import-linter>=2.17,<3",
            "mypy>=2.0,<3",
            "playwright>=1.60,<2",
            "pytest>=9,<10",
            "pytest-cov>=7,<8",
            "pytest-timeout>=2.4",
            "pytest-xdist>=3.8",
            "pyyaml>=6",
            "trustme>=1.2",
            "ruff>=0.17,<0.18",
            "schemathesis>=4.10.2,<4.11",  # airbyte-cdk excludes later ones
            "types-PyYAML",
            "types-jsonschema",
            "types-requests",
            "types-setuptools",
        ],
    },
    entry_points={
        "console_scripts": [
            "destination-inflection=destination_inflection.start:main",
            "inflection-sandbox=inflection_sandbox.run:main",
        ]
    },
)
