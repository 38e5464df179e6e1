#!/bin/sh
# program
