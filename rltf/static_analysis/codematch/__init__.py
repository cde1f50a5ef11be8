"""Measure how much of a reference program's syntax trees and data flow another program has."""
