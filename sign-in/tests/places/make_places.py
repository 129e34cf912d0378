"""Makes places.mmdb, a GeoIP file with four made-up networks, for the tests of visitors.

pip install mmdb_writer netaddr
"""

from netaddr import IPSet
from mmdb_writer import MMDBWriter

writer = MMDBWriter(
    ip_version=6,
    ipv4_compatible=True,
    database_type="Test-City",
    languages=["en"],
    description="Made-up places",
    float_type="f64",
)


def place(network, city, country, code, latitude, longitude):
    entry = {"country": {"iso_code": code, "names": {"en": country}}}
    if city:
        entry["city"] = {"names": {"en": city}}
    if latitude is not None:
        entry["location"] = {"latitude": latitude, "longitude": longitude}
    writer.insert_network(IPSet([network]), entry)


place("8.8.8.0/24", "Lisbon", "Portugal", "PT", 38.72, -9.14)
place("8.8.9.0/24", "Sintra", "Portugal", "PT", 38.80, -9.38)
place("9.9.9.0/24", "Stockholm", "Sweden", "SE", 59.33, 18.07)
place("2606:4700::/32", None, "Norway", "NO", None, None)
# A private network in the file: it must not be looked up.
place("10.0.0.0/8", "Nowhere", "Nowhere", "XX", 0.0, 0.0)
writer.to_db_file("places.mmdb")
